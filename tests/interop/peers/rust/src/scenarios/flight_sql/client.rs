//! The clients, with the steps of those in C++ and Go. The client of the crate
//! has no GetSchema, plans, savepoints and cancel: these messages are sent by
//! hand.

use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::*;
use arrow_flight::{
    Action, CancelFlightInfoRequest, CancelStatus, FlightClient, FlightData, FlightDescriptor,
    FlightInfo,
};
use arrow_schema::{Schema, SchemaRef};
use futures::TryStreamExt;
use prost::Message;
use prost::bytes::Bytes;
use tonic::transport::Channel;

use super::values;
use crate::ensure_eq;
use crate::service::Error;

/// A client, and the helpers of the steps.
struct Client(FlightSqlServiceClient<Channel>);

fn descriptor<M: ProstMessageExt>(command: &M) -> FlightDescriptor {
    FlightDescriptor::new_cmd(command.as_any().encode_to_vec())
}

impl Client {
    fn new(client: FlightClient) -> Client {
        Client(FlightSqlServiceClient::new_from_inner(client.into_inner()))
    }

    /// Reads the first endpoint to its end.
    async fn check_rows(&mut self, info: FlightInfo, wanted: &SchemaRef) -> Result<(), Error> {
        let endpoint = info.endpoint.into_iter().next();
        let ticket = endpoint.and_then(|endpoint| endpoint.ticket);
        let mut rows = self.0.do_get(ticket.ok_or("there is no ticket")?).await?;
        while rows.try_next().await?.is_some() {}
        ensure_eq!(rows.schema(), Some(wanted));
        Ok(())
    }

    async fn check_schema(
        &mut self,
        descriptor: FlightDescriptor,
        wanted: &Schema,
    ) -> Result<(), Error> {
        let result = self.0.inner_mut().get_schema(descriptor).await?;
        let schema = Schema::try_from(result.into_inner())?;
        ensure_eq!(&schema, wanted);
        Ok(())
    }

    async fn info<M: ProstMessageExt>(&mut self, command: &M) -> Result<FlightInfo, Error> {
        let info = self.0.inner_mut().get_flight_info(descriptor(command));
        Ok(info.await?.into_inner())
    }

    async fn update<M: ProstMessageExt>(&mut self, command: &M) -> Result<i64, Error> {
        let message = FlightData::new().with_descriptor(descriptor(command));
        let results = self.0.do_put(futures::stream::iter([message])).await?;
        let results: Vec<_> = results.try_collect().await?;
        ensure_eq!(results.len(), 1);
        let result = DoPutUpdateResult::decode(results[0].app_metadata.clone())?;
        Ok(result.record_count)
    }

    async fn act<M: ProstMessageExt>(
        &mut self,
        name: &str,
        request: &M,
    ) -> Result<Option<Any>, Error> {
        let action = Action::new(name, request.as_any().encode_to_vec());
        let results: Vec<_> = self.0.do_action(action).await?.try_collect().await?;
        ensure_eq!(results.len() < 2, true);
        let Some(result) = results.into_iter().next() else {
            return Ok(None);
        };
        Ok(Some(Any::decode(result.body)?))
    }

    /// Runs an action whose result is a message.
    async fn ask<M: ProstMessageExt, R: ProstMessageExt>(
        &mut self,
        name: &str,
        request: &M,
    ) -> Result<R, Error> {
        let any = self.act(name, request).await?.ok_or("there is no result")?;
        Ok(any.unpack()?.ok_or("it is another message")?)
    }

    /// A query, as rows and as its schema.
    async fn check_query(
        &mut self,
        transaction: Option<Bytes>,
        wanted: &SchemaRef,
    ) -> Result<(), Error> {
        let query = "SELECT STATEMENT".to_string();
        let info = self.0.execute(query.clone(), transaction.clone()).await?;
        self.check_rows(info, wanted).await?;
        let command = CommandStatementQuery {
            query,
            transaction_id: transaction,
        };
        self.check_schema(descriptor(&command), wanted).await
    }

    /// A plan, as rows and as its schema.
    async fn check_plan(
        &mut self,
        transaction: Option<Bytes>,
        wanted: &SchemaRef,
    ) -> Result<(), Error> {
        let command = plan_command(transaction);
        let info = self.info(&command).await?;
        self.check_rows(info, wanted).await?;
        self.check_schema(descriptor(&command), wanted).await
    }

    /// A prepared query: bound, run, described, and closed.
    async fn check_prepared(
        &mut self,
        transaction: Option<Bytes>,
        wanted: &SchemaRef,
    ) -> Result<(), Error> {
        let query = "SELECT PREPARED STATEMENT".to_string();
        let mut statement = self.0.prepare(query, transaction).await?;
        statement.set_parameters(values::parameters())?;
        let info = statement.execute().await?;
        let descriptor = info.flight_descriptor.clone();
        self.check_rows(info, wanted).await?;
        let descriptor = descriptor.ok_or("there is no descriptor")?;
        self.check_schema(descriptor, wanted).await?;
        Ok(statement.close().await?)
    }

    async fn check_prepared_update(
        &mut self,
        transaction: Option<Bytes>,
        wanted: i64,
    ) -> Result<(), Error> {
        let query = "UPDATE PREPARED STATEMENT".to_string();
        let mut statement = self.0.prepare(query, transaction).await?;
        ensure_eq!(statement.execute_update().await?, wanted);
        Ok(statement.close().await?)
    }

    async fn prepare_plan(&mut self, transaction_id: Option<Bytes>) -> Result<Bytes, Error> {
        let request = ActionCreatePreparedSubstraitPlanRequest {
            plan: values::plan(),
            transaction_id,
        };
        let result: ActionCreatePreparedStatementResult =
            self.ask("CreatePreparedSubstraitPlan", &request).await?;
        Ok(result.prepared_statement_handle)
    }

    async fn close(&mut self, handle: Bytes) -> Result<(), Error> {
        let request = ActionClosePreparedStatementRequest {
            prepared_statement_handle: handle,
        };
        self.act("ClosePreparedStatement", &request).await?;
        Ok(())
    }

    /// A prepared plan: run as a query, and described; then another one, as an update.
    async fn check_prepared_plan(
        &mut self,
        transaction: Option<Bytes>,
        wanted: &SchemaRef,
        wanted_count: i64,
    ) -> Result<(), Error> {
        let mut handle = self.prepare_plan(transaction.clone()).await?;
        let command = CommandPreparedStatementQuery {
            prepared_statement_handle: handle.clone(),
        };
        let parameters = arrow_flight::encode::FlightDataEncoderBuilder::new()
            .with_schema(values::query_schema())
            .with_flight_descriptor(Some(descriptor(&command)))
            .build(futures::stream::iter([Ok(values::parameters())]))
            .try_collect::<Vec<_>>()
            .await?;
        let results = self.0.do_put(futures::stream::iter(parameters)).await?;
        if let Some(result) = results.try_collect::<Vec<_>>().await?.first() {
            let result = DoPutPreparedStatementResult::decode(result.app_metadata.clone())?;
            handle = result.prepared_statement_handle.unwrap_or(handle);
        }
        let command = CommandPreparedStatementQuery {
            prepared_statement_handle: handle.clone(),
        };
        let info = self.info(&command).await?;
        self.check_rows(info, wanted).await?;
        self.check_schema(descriptor(&command), wanted).await?;
        self.close(handle).await?;
        let handle = self.prepare_plan(transaction).await?;
        let command = CommandPreparedStatementUpdate {
            prepared_statement_handle: handle.clone(),
        };
        ensure_eq!(self.update(&command).await?, wanted_count);
        self.close(handle).await
    }

    async fn begin(&mut self) -> Result<Bytes, Error> {
        let id = self.0.begin_transaction().await?;
        ensure_eq!(id, "transaction_id");
        Ok(id)
    }

    async fn savepoint(&mut self, transaction_id: Bytes) -> Result<Bytes, Error> {
        let request = ActionBeginSavepointRequest {
            transaction_id,
            name: "savepoint_name".to_string(),
        };
        let result: ActionBeginSavepointResult = self.ask("BeginSavepoint", &request).await?;
        ensure_eq!(result.savepoint_id, "savepoint_id");
        Ok(result.savepoint_id)
    }

    async fn end_savepoint(&mut self, savepoint_id: Bytes, action: i32) -> Result<(), Error> {
        let request = ActionEndSavepointRequest {
            savepoint_id,
            action,
        };
        self.act("EndSavepoint", &request).await?;
        Ok(())
    }
}

fn plan_command(transaction_id: Option<Bytes>) -> CommandStatementSubstraitPlan {
    CommandStatementSubstraitPlan {
        plan: values::plan(),
        transaction_id,
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_string())
}

pub fn tables_command() -> CommandGetTables {
    CommandGetTables {
        catalog: text("catalog"),
        db_schema_filter_pattern: text("db_schema_filter_pattern"),
        table_name_filter_pattern: text("table_filter_pattern"),
        table_types: vec!["table".to_string(), "view".to_string()],
        include_schema: true,
    }
}

pub fn cross_reference_command() -> CommandGetCrossReference {
    CommandGetCrossReference {
        pk_catalog: text("pk_catalog"),
        pk_db_schema: text("pk_db_schema"),
        pk_table: "pk_table".to_string(),
        fk_catalog: text("fk_catalog"),
        fk_db_schema: text("fk_db_schema"),
        fk_table: "fk_table".to_string(),
    }
}

pub fn ingest_command() -> CommandStatementIngest {
    CommandStatementIngest {
        table_definition_options: Some(TableDefinitionOptions {
            if_not_exist: TableNotExistOption::Create.into(),
            if_exists: TableExistsOption::Replace.into(),
        }),
        table: "test_table".to_string(),
        schema: text("test_schema"),
        catalog: text("test_catalog"),
        temporary: true,
        transaction_id: Some("123".into()),
        options: [("key1", "val1"), ("key2", "val2")]
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .into(),
    }
}

/// The client of `flight_sql`.
pub async fn run(client: FlightClient) -> Result<(), Error> {
    let mut client = Client::new(client);
    let client = &mut client;
    check_metadata(client).await?;
    check_keys(client).await?;
    client.check_query(None, &values::query_schema()).await?;
    let count = client
        .0
        .execute_update("UPDATE STATEMENT".to_string(), None);
    ensure_eq!(count.await?, 10_000);
    client.check_prepared(None, &values::query_schema()).await?;
    client.check_prepared_update(None, 20_000).await
}

async fn check_metadata(client: &mut Client) -> Result<(), Error> {
    let wanted = values::catalogs_schema();
    let info = client.0.get_catalogs().await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetCatalogs {});
    client.check_schema(command, &wanted).await?;

    let wanted = values::db_schemas_schema();
    let command = CommandGetDbSchemas {
        catalog: text("catalog"),
        db_schema_filter_pattern: text("db_schema_filter_pattern"),
    };
    let info = client.0.get_db_schemas(command).await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetDbSchemas::default());
    client.check_schema(command, &wanted).await?;

    let info = client.0.get_tables(tables_command()).await?;
    client
        .check_rows(info, &values::tables_schema(true))
        .await?;
    for include_schema in [true, false] {
        let command = CommandGetTables {
            include_schema,
            ..Default::default()
        };
        let wanted = values::tables_schema(include_schema);
        client.check_schema(descriptor(&command), &wanted).await?;
    }

    let wanted = values::table_types_schema();
    let info = client.0.get_table_types().await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetTableTypes {});
    client.check_schema(command, &wanted).await?;

    let wanted = values::type_info_schema();
    let info = client.0.get_xdbc_type_info(Default::default()).await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetXdbcTypeInfo::default());
    client.check_schema(command, &wanted).await?;

    let wanted = super::sql_info::schema();
    let ids = vec![
        SqlInfo::FlightSqlServerName,
        SqlInfo::FlightSqlServerReadOnly,
    ];
    let info = client.0.get_sql_info(ids).await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetSqlInfo::default());
    client.check_schema(command, &wanted).await
}

async fn check_keys(client: &mut Client) -> Result<(), Error> {
    let (catalog, db_schema) = (text("catalog"), text("db_schema"));
    let wanted = values::primary_keys_schema();
    let command = CommandGetPrimaryKeys {
        catalog: catalog.clone(),
        db_schema: db_schema.clone(),
        table: "table".to_string(),
    };
    let info = client.0.get_primary_keys(command).await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetPrimaryKeys::default());
    client.check_schema(command, &wanted).await?;

    let wanted = values::foreign_keys_schema();
    let command = CommandGetExportedKeys {
        catalog: catalog.clone(),
        db_schema: db_schema.clone(),
        table: "table".to_string(),
    };
    let info = client.0.get_exported_keys(command).await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetExportedKeys::default());
    client.check_schema(command, &wanted).await?;

    let command = CommandGetImportedKeys {
        catalog,
        db_schema,
        table: "table".to_string(),
    };
    let info = client.0.get_imported_keys(command).await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetImportedKeys::default());
    client.check_schema(command, &wanted).await?;

    let command = cross_reference_command();
    let info = client.0.get_cross_reference(command).await?;
    client.check_rows(info, &wanted).await?;
    let command = descriptor(&CommandGetCrossReference::default());
    client.check_schema(command, &wanted).await
}

/// The client of `flight_sql:extension`.
pub async fn run_extension(flight: FlightClient) -> Result<(), Error> {
    let mut client = Client::new(FlightClient::new_from_inner(flight.inner().clone()));
    let client = &mut client;
    super::sql_info::check(&mut client.0).await?;
    client.check_plan(None, &values::query_schema()).await?;
    let running = client.info(&plan_command(None)).await?;
    check_cancel(client, flight, running).await?;
    ensure_eq!(client.update(&plan_command(None)).await?, 10_000);
    let wanted = values::query_schema();
    client.check_prepared_plan(None, &wanted, 20_000).await?;

    let id = client.begin().await?;
    let savepoint = client.savepoint(id.clone()).await?;
    check_transaction(client, &id).await?;
    client.end_savepoint(savepoint.clone(), 2).await?;
    client.savepoint(id.clone()).await?;
    client.end_savepoint(savepoint, 1).await?;
    client.0.end_transaction(id, EndTransaction::Commit).await?;
    let id = client.begin().await?;
    Ok(client
        .0
        .end_transaction(id, EndTransaction::Rollback)
        .await?)
}

/// Cancels by the call of Flight SQL, and another query by the newer one of Flight.
async fn check_cancel(
    client: &mut Client,
    mut flight: FlightClient,
    info: FlightInfo,
) -> Result<(), Error> {
    let request = ActionCancelQueryRequest {
        info: info.encode_to_vec().into(),
    };
    let result: ActionCancelQueryResult = client.ask("CancelQuery", &request).await?;
    ensure_eq!(result.result, 1);
    let info = client.info(&plan_command(None)).await?;
    let request = CancelFlightInfoRequest::new(info);
    let result = flight.cancel_flight_info(request).await?;
    ensure_eq!(result.status(), CancelStatus::Cancelled);
    Ok(())
}

async fn check_transaction(client: &mut Client, id: &Bytes) -> Result<(), Error> {
    let id = || Some(id.clone());
    let wanted = &values::transaction_schema();
    client.check_query(id(), wanted).await?;
    client.check_plan(id(), wanted).await?;
    let count = client
        .0
        .execute_update("UPDATE STATEMENT".to_string(), id());
    ensure_eq!(count.await?, 15_000);
    ensure_eq!(client.update(&plan_command(id())).await?, 15_000);
    client.check_prepared(id(), wanted).await?;
    client.check_prepared_plan(id(), wanted, 25_000).await?;
    client.check_prepared_update(id(), 25_000).await
}

/// The client of `flight_sql:ingestion`.
pub async fn run_ingestion(client: FlightClient) -> Result<(), Error> {
    let mut client = Client::new(client);
    let rows = futures::stream::iter([Ok(values::ingest_rows())]);
    let count = client.0.execute_ingest(ingest_command(), rows).await?;
    ensure_eq!(count, 3);
    Ok(())
}
