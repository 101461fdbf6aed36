//! The facts of the server of `flight_sql:extension`.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, UInt32Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_flight::sql::SqlInfo;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::metadata::SqlInfoDataBuilder;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use futures::TryStreamExt;
use tonic::transport::Channel;

use crate::ensure_eq;
use crate::service::Error;

const FACTS: [(SqlInfo, &str); 8] = [
    (SqlInfo::FlightSqlServerSql, "bool false"),
    (SqlInfo::FlightSqlServerSubstrait, "bool true"),
    (
        SqlInfo::FlightSqlServerSubstraitMinVersion,
        "text min_version",
    ),
    (
        SqlInfo::FlightSqlServerSubstraitMaxVersion,
        "text max_version",
    ),
    (SqlInfo::FlightSqlServerTransaction, "int 2"),
    (SqlInfo::FlightSqlServerCancel, "bool true"),
    (SqlInfo::FlightSqlServerStatementTimeout, "int 42"),
    (SqlInfo::FlightSqlServerTransactionTimeout, "int 7"),
];

/// The schema of the facts as FlightSql.proto and the other implementations have
/// it: in the crate's, two members of the union may be null.
pub fn schema() -> SchemaRef {
    let found = SqlInfoDataBuilder::schema();
    let DataType::Union(members, mode) = found.field(1).data_type() else {
        unreachable!("the value is a union");
    };
    let members = members
        .iter()
        .map(|(id, member)| (id, Arc::new(member.as_ref().clone().with_nullable(false))))
        .collect();
    let value = Field::new("value", DataType::Union(members, *mode), false);
    Arc::new(Schema::new(vec![found.field(0).clone(), value]))
}

/// Checks names, kinds and values of all facts.
pub async fn check(client: &mut FlightSqlServiceClient<Channel>) -> Result<(), Error> {
    let ids = FACTS.map(|(id, _)| id).to_vec();
    let info = client.get_sql_info(ids).await?;
    let endpoint = info.endpoint.into_iter().next();
    let ticket = endpoint.and_then(|endpoint| endpoint.ticket);
    let rows = client.do_get(ticket.ok_or("there is no ticket")?).await?;
    let batches: Vec<RecordBatch> = rows.try_collect().await?;
    let mut found = Vec::new();
    for batch in &batches {
        let ids = batch.column(0).as_primitive::<UInt32Type>();
        let union = batch.column(1).as_union();
        for row in 0..batch.num_rows() {
            found.push((ids.value(row), fact(union.type_id(row), union.value(row))));
        }
    }
    found.sort();
    let wanted: Vec<_> = FACTS
        .iter()
        .map(|(id, text)| (*id as u32, text.to_string()))
        .collect();
    ensure_eq!(found, wanted);
    Ok(())
}

fn fact(type_id: i8, value: ArrayRef) -> String {
    match type_id {
        0 => format!("text {}", value.as_string::<i32>().value(0)),
        1 => format!("bool {}", value.as_boolean().value(0)),
        3 => format!("int {}", value.as_primitive::<Int32Type>().value(0)),
        _ => format!("type {type_id} of {} values", value.len()),
    }
}
