//! Checks and answers of the server.

use std::fmt::Debug;
use std::sync::Arc;

use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::sql::metadata::SqlInfoDataBuilder;
use arrow_flight::sql::*;
use arrow_flight::{FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use arrow_schema::SchemaRef;
use futures::TryStreamExt;
use prost::Message;
use prost::bytes::Bytes;
use tonic::{Request, Response, Status};

use super::values;
use crate::service::{Answer, Messages};

/// Refuses a call whose argument is another one.
pub fn check<T: Debug + PartialEq>(found: T, wanted: T) -> Result<(), Status> {
    if found == wanted {
        return Ok(());
    }
    let text = format!("{found:?} instead of {wanted:?}");
    Err(Status::invalid_argument(text))
}

pub fn check_query(found: &str, wanted: &str) -> Result<(), Status> {
    check(found, wanted)
}

pub fn check_plan(plan: &Option<SubstraitPlan>) -> Result<(), Status> {
    check(plan, &values::plan())
}

/// Tells whether a statement is in the transaction.
pub fn is_in_transaction(id: &Option<Bytes>) -> Result<bool, Status> {
    match id {
        None => Ok(false),
        Some(id) => check(&id[..], b"transaction_id").map(|()| true),
    }
}

/// Rows of a query.
pub fn schema_for(in_transaction: bool) -> SchemaRef {
    if in_transaction {
        values::transaction_schema()
    } else {
        values::query_schema()
    }
}

/// Rows of a statement that is ready.
pub fn prepared_schema(handle: &[u8]) -> Result<SchemaRef, Status> {
    match handle {
        b"SELECT PREPARED STATEMENT HANDLE" | b"PLAN HANDLE" => Ok(schema_for(false)),
        b"SELECT PREPARED STATEMENT WITH TXN HANDLE" | b"PLAN WITH TXN HANDLE" => {
            Ok(schema_for(true))
        }
        _ => Err(Status::not_found(format!("{handle:?}"))),
    }
}

/// A handle, from which all later calls know what is meant.
pub fn handle(name: &str, in_transaction: bool) -> Bytes {
    let infix = if in_transaction { " WITH TXN" } else { "" };
    format!("{name}{infix} HANDLE").into()
}

/// Makes a plan ready.
pub fn prepare_plan(command: ActionCreatePreparedSubstraitPlanRequest) -> Result<Bytes, Status> {
    check_plan(&command.plan)?;
    Ok(handle("PLAN", is_in_transaction(&command.transaction_id)?))
}

/// One endpoint, whose ticket is the command.
pub fn info(schema: SchemaRef, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
    let ticket = request.get_ref().cmd.clone();
    info_of(schema, request, ticket)
}

pub fn info_of(
    schema: SchemaRef,
    request: Request<FlightDescriptor>,
    ticket: impl Into<Bytes>,
) -> Answer<FlightInfo> {
    let info = FlightInfo::new()
        .try_with_schema(&schema)
        .map_err(|error| Status::internal(error.to_string()))?
        .with_descriptor(request.into_inner())
        .with_endpoint(FlightEndpoint::new().with_ticket(Ticket::new(ticket)));
    Ok(Response::new(info))
}

pub fn statement_info(
    name: &str,
    in_transaction: bool,
    request: Request<FlightDescriptor>,
) -> Answer<FlightInfo> {
    let statement_handle = handle(name, in_transaction);
    let ticket = TicketStatementQuery { statement_handle };
    let ticket = ticket.as_any().encode_to_vec();
    info_of(schema_for(in_transaction), request, ticket)
}

/// No rows.
pub fn rows(schema: SchemaRef) -> Answer<Messages<FlightData>> {
    let messages = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .build(futures::stream::empty())
        .map_err(Status::from);
    Ok(Response::new(Box::pin(messages)))
}

pub fn update_count(in_transaction: bool, outside: i64, inside: i64) -> i64 {
    if in_transaction { inside } else { outside }
}

pub fn sql_info_schema() -> SchemaRef {
    Arc::new(SqlInfoDataBuilder::schema().clone())
}

pub fn sql_info(ids: Vec<u32>) -> Answer<Messages<FlightData>> {
    let mut builder = SqlInfoDataBuilder::new();
    builder.append(SqlInfo::FlightSqlServerSql, false);
    builder.append(SqlInfo::FlightSqlServerSubstrait, true);
    builder.append(SqlInfo::FlightSqlServerSubstraitMinVersion, "min_version");
    builder.append(SqlInfo::FlightSqlServerSubstraitMaxVersion, "max_version");
    builder.append(SqlInfo::FlightSqlServerTransaction, 2_i32);
    builder.append(SqlInfo::FlightSqlServerCancel, true);
    builder.append(SqlInfo::FlightSqlServerBulkIngestion, true);
    builder.append(SqlInfo::FlightSqlServerIngestTransactionsSupported, true);
    builder.append(SqlInfo::FlightSqlServerStatementTimeout, 42_i32);
    builder.append(SqlInfo::FlightSqlServerTransactionTimeout, 7_i32);
    let schema = sql_info_schema();
    // Two ids are those of `flight_sql`, which wants no rows.
    if ids.len() == 2 && !ids.contains(&10) {
        check(&ids, &vec![0, 3])?;
        return rows(schema);
    }
    let internal = |error: arrow_flight::error::FlightError| Status::internal(error.to_string());
    let batch = builder
        .build()
        .and_then(|data| data.record_batch(ids))
        .map_err(internal)?;
    let messages = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .build(futures::stream::iter([Ok(batch)]))
        .map_err(Status::from);
    Ok(Response::new(Box::pin(messages)))
}
