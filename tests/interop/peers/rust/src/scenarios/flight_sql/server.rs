//! The server: it checks all arguments, as the servers in C++ and Go do.

use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::*;
use arrow_flight::{Action, FlightData, FlightDescriptor, FlightInfo, Ticket};
use futures::{StreamExt, TryStreamExt};
use prost::Message;
use tonic::{Request, Status};

use super::answers::*;
use super::values;
use crate::service::{Answer, Messages};

/// The service, as the crate wants it.
pub struct Server;

fn text(text: &str) -> Option<String> {
    Some(text.to_string())
}

#[tonic::async_trait]
impl FlightSqlService for Server {
    type FlightService = Server;

    // Queries

    async fn get_flight_info_statement(
        &self,
        command: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check_query(&command.query, "SELECT STATEMENT")?;
        let in_transaction = is_in_transaction(&command.transaction_id)?;
        statement_info("SELECT STATEMENT", in_transaction, request)
    }

    async fn get_flight_info_substrait_plan(
        &self,
        command: CommandStatementSubstraitPlan,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check_plan(&command.plan)?;
        let in_transaction = is_in_transaction(&command.transaction_id)?;
        statement_info("PLAN", in_transaction, request)
    }

    async fn do_get_statement(
        &self,
        ticket: TicketStatementQuery,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        match &ticket.statement_handle[..] {
            b"SELECT STATEMENT HANDLE" | b"PLAN HANDLE" => rows(schema_for(false)),
            b"SELECT STATEMENT WITH TXN HANDLE" | b"PLAN WITH TXN HANDLE" => rows(schema_for(true)),
            handle => Err(Status::not_found(format!("{handle:?}"))),
        }
    }

    async fn do_put_statement_update(
        &self,
        command: CommandStatementUpdate,
        _: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        check_query(&command.query, "UPDATE STATEMENT")?;
        let in_transaction = is_in_transaction(&command.transaction_id)?;
        Ok(update_count(in_transaction, 10_000, 15_000))
    }

    async fn do_put_substrait_plan(
        &self,
        command: CommandStatementSubstraitPlan,
        _: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        check_plan(&command.plan)?;
        let in_transaction = is_in_transaction(&command.transaction_id)?;
        Ok(update_count(in_transaction, 10_000, 15_000))
    }

    async fn do_action_cancel_query(
        &self,
        command: ActionCancelQueryRequest,
        _: Request<Action>,
    ) -> Result<ActionCancelQueryResult, Status> {
        let malformed = |error: prost::DecodeError| Status::invalid_argument(error.to_string());
        let info = FlightInfo::decode(command.info).map_err(malformed)?;
        check(info.endpoint.len(), 1)?;
        let ticket = info.endpoint[0].ticket.clone().unwrap_or_default();
        let any = Any::decode(ticket.ticket).map_err(malformed)?;
        let ticket: Option<TicketStatementQuery> = any
            .unpack()
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let statement_handle = ticket.unwrap_or_default().statement_handle;
        check(statement_handle, handle("PLAN", false))?;
        Ok(ActionCancelQueryResult { result: 1 })
    }

    // Prepared statements

    async fn do_action_create_prepared_statement(
        &self,
        command: ActionCreatePreparedStatementRequest,
        _: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let query = command.query;
        if query != "SELECT PREPARED STATEMENT" {
            check_query(&query, "UPDATE PREPARED STATEMENT")?;
        }
        let in_transaction = is_in_transaction(&command.transaction_id)?;
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle: handle(&query, in_transaction),
            ..Default::default()
        })
    }

    async fn do_action_close_prepared_statement(
        &self,
        command: ActionClosePreparedStatementRequest,
        _: Request<Action>,
    ) -> Result<(), Status> {
        let known = [
            "SELECT PREPARED STATEMENT",
            "UPDATE PREPARED STATEMENT",
            "PLAN",
        ];
        let found = &command.prepared_statement_handle;
        let is_known = |name: &&str| [false, true].iter().any(|is| handle(name, *is) == found);
        check(known.iter().any(is_known), true)
    }

    async fn do_put_prepared_statement_query(
        &self,
        command: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        prepared_schema(&command.prepared_statement_handle)?;
        let messages = request.into_inner().map_err(Into::into);
        let batches = FlightRecordBatchStream::new_from_flight_data(messages)
            .try_collect::<Vec<_>>()
            .await?;
        check(batches, vec![values::parameters()])?;
        Ok(DoPutPreparedStatementResult {
            prepared_statement_handle: Some(command.prepared_statement_handle),
        })
    }

    async fn get_flight_info_prepared_statement(
        &self,
        command: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        info(
            prepared_schema(&command.prepared_statement_handle)?,
            request,
        )
    }

    async fn do_get_prepared_statement(
        &self,
        command: CommandPreparedStatementQuery,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(prepared_schema(&command.prepared_statement_handle)?)
    }

    async fn do_put_prepared_statement_update(
        &self,
        command: CommandPreparedStatementUpdate,
        _: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        match &command.prepared_statement_handle[..] {
            b"UPDATE PREPARED STATEMENT HANDLE" | b"PLAN HANDLE" => Ok(20_000),
            b"UPDATE PREPARED STATEMENT WITH TXN HANDLE" | b"PLAN WITH TXN HANDLE" => Ok(25_000),
            handle => Err(Status::not_found(format!("{handle:?}"))),
        }
    }

    // Transactions

    async fn do_action_begin_transaction(
        &self,
        _: ActionBeginTransactionRequest,
        _: Request<Action>,
    ) -> Result<ActionBeginTransactionResult, Status> {
        Ok(ActionBeginTransactionResult {
            transaction_id: "transaction_id".into(),
        })
    }

    async fn do_action_end_transaction(
        &self,
        command: ActionEndTransactionRequest,
        _: Request<Action>,
    ) -> Result<(), Status> {
        check(&command.transaction_id[..], b"transaction_id")?;
        check((1..=2).contains(&command.action), true)
    }

    async fn do_action_begin_savepoint(
        &self,
        command: ActionBeginSavepointRequest,
        _: Request<Action>,
    ) -> Result<ActionBeginSavepointResult, Status> {
        check(&command.transaction_id[..], b"transaction_id")?;
        check(&command.name[..], "savepoint_name")?;
        Ok(ActionBeginSavepointResult {
            savepoint_id: "savepoint_id".into(),
        })
    }

    async fn do_action_end_savepoint(
        &self,
        command: ActionEndSavepointRequest,
        _: Request<Action>,
    ) -> Result<(), Status> {
        check(&command.savepoint_id[..], b"savepoint_id")?;
        check((1..=2).contains(&command.action), true)
    }

    async fn do_put_statement_ingest(
        &self,
        command: CommandStatementIngest,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let wanted = super::client::ingest_command();
        check(&command, &wanted)?;
        let messages = request.into_inner().map_err(Into::into);
        let mut batches = FlightRecordBatchStream::new_from_flight_data(messages);
        let mut count = 0;
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            check(batch.schema(), values::ingest_rows().schema())?;
            count += batch.num_rows() as i64;
        }
        Ok(count)
    }

    // Metadata

    async fn get_flight_info_catalogs(
        &self,
        _: CommandGetCatalogs,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        info(values::catalogs_schema(), request)
    }

    async fn do_get_catalogs(
        &self,
        _: CommandGetCatalogs,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::catalogs_schema())
    }

    async fn get_flight_info_schemas(
        &self,
        command: CommandGetDbSchemas,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check(command.catalog, text("catalog"))?;
        check(
            command.db_schema_filter_pattern,
            text("db_schema_filter_pattern"),
        )?;
        info(values::db_schemas_schema(), request)
    }

    async fn do_get_schemas(
        &self,
        _: CommandGetDbSchemas,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::db_schemas_schema())
    }

    async fn get_flight_info_tables(
        &self,
        command: CommandGetTables,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check(&command, &super::client::tables_command())?;
        info(values::tables_schema(true), request)
    }

    async fn do_get_tables(
        &self,
        _: CommandGetTables,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::tables_schema(true))
    }

    async fn get_flight_info_table_types(
        &self,
        _: CommandGetTableTypes,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        info(values::table_types_schema(), request)
    }

    async fn do_get_table_types(
        &self,
        _: CommandGetTableTypes,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::table_types_schema())
    }

    async fn get_flight_info_primary_keys(
        &self,
        command: CommandGetPrimaryKeys,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check(command.catalog, text("catalog"))?;
        check(command.db_schema, text("db_schema"))?;
        check(&command.table[..], "table")?;
        info(values::primary_keys_schema(), request)
    }

    async fn do_get_primary_keys(
        &self,
        _: CommandGetPrimaryKeys,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::primary_keys_schema())
    }

    async fn get_flight_info_exported_keys(
        &self,
        command: CommandGetExportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check(command.catalog, text("catalog"))?;
        check(command.db_schema, text("db_schema"))?;
        check(&command.table[..], "table")?;
        info(values::foreign_keys_schema(), request)
    }

    async fn do_get_exported_keys(
        &self,
        _: CommandGetExportedKeys,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::foreign_keys_schema())
    }

    async fn get_flight_info_imported_keys(
        &self,
        command: CommandGetImportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check(command.catalog, text("catalog"))?;
        check(command.db_schema, text("db_schema"))?;
        check(&command.table[..], "table")?;
        info(values::foreign_keys_schema(), request)
    }

    async fn do_get_imported_keys(
        &self,
        _: CommandGetImportedKeys,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::foreign_keys_schema())
    }

    async fn get_flight_info_cross_reference(
        &self,
        command: CommandGetCrossReference,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check(&command, &super::client::cross_reference_command())?;
        info(values::foreign_keys_schema(), request)
    }

    async fn do_get_cross_reference(
        &self,
        _: CommandGetCrossReference,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::foreign_keys_schema())
    }

    async fn get_flight_info_xdbc_type_info(
        &self,
        command: CommandGetXdbcTypeInfo,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        check(command.data_type, None)?;
        info(values::type_info_schema(), request)
    }

    async fn do_get_xdbc_type_info(
        &self,
        _: CommandGetXdbcTypeInfo,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        rows(values::type_info_schema())
    }

    async fn get_flight_info_sql_info(
        &self,
        _: CommandGetSqlInfo,
        request: Request<FlightDescriptor>,
    ) -> Answer<FlightInfo> {
        info(sql_info_schema(), request)
    }

    async fn do_get_sql_info(
        &self,
        command: CommandGetSqlInfo,
        _: Request<Ticket>,
    ) -> Answer<Messages<FlightData>> {
        sql_info(command.info)
    }
}
