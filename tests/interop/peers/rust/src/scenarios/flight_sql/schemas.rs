//! GetSchema, which the crate's service of Flight SQL does not answer.

use arrow_flight::sql::{Any, Command};
use arrow_flight::{FlightDescriptor, SchemaAsIpc, SchemaResult};
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::SchemaRef;
use prost::Message;
use tonic::{Response, Status};

use super::answers::{check_plan, check_query, prepared_schema, schema_for, sql_info_schema};
use super::values;
use crate::service::Answer;

/// Answers with the schema of a command.
pub fn answer(descriptor: &FlightDescriptor) -> Answer<SchemaResult> {
    let schema = schema_of(descriptor)?;
    let options = IpcWriteOptions::default();
    SchemaAsIpc::new(&schema, &options)
        .try_into()
        .map(Response::new)
        .map_err(|error: arrow_schema::ArrowError| Status::internal(error.to_string()))
}

fn schema_of(descriptor: &FlightDescriptor) -> Result<SchemaRef, Status> {
    let malformed = |error: String| Status::invalid_argument(error);
    let any = Any::decode(descriptor.cmd.clone()).map_err(|error| malformed(error.to_string()))?;
    let command = Command::try_from(any).map_err(|error| malformed(error.to_string()))?;
    Ok(match command {
        Command::CommandGetCatalogs(_) => values::catalogs_schema(),
        Command::CommandGetDbSchemas(_) => values::db_schemas_schema(),
        Command::CommandGetTables(command) => values::tables_schema(command.include_schema),
        Command::CommandGetTableTypes(_) => values::table_types_schema(),
        Command::CommandGetPrimaryKeys(_) => values::primary_keys_schema(),
        Command::CommandGetExportedKeys(_)
        | Command::CommandGetImportedKeys(_)
        | Command::CommandGetCrossReference(_) => values::foreign_keys_schema(),
        Command::CommandGetXdbcTypeInfo(_) => values::type_info_schema(),
        Command::CommandGetSqlInfo(_) => sql_info_schema(),
        Command::CommandStatementQuery(command) => {
            check_query(&command.query, "SELECT STATEMENT")?;
            schema_for(command.transaction_id.is_some())
        }
        Command::CommandStatementSubstraitPlan(command) => {
            check_plan(&command.plan)?;
            schema_for(command.transaction_id.is_some())
        }
        Command::CommandPreparedStatementQuery(command) => {
            prepared_schema(&command.prepared_statement_handle)?
        }
        command => return Err(malformed(command.type_url().to_string())),
    })
}
