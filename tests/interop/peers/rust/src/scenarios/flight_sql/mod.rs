//! `flight_sql`, `flight_sql:extension` and `flight_sql:ingestion`: Flight SQL,
//! of which one server answers all.

mod answers;
mod client;
mod schemas;
mod server;
mod sql_info;
mod values;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::{
    ActionCreatePreparedStatementResult, ActionCreatePreparedSubstraitPlanRequest, Any,
    ProstMessageExt,
};
use arrow_flight::{
    Action, FlightData, FlightDescriptor, FlightInfo, PutResult, Result as ActionResult,
    SchemaResult, Ticket,
};
use prost::Message;
use tonic::{Request, Status, Streaming};

use crate::service::{Answer, Messages, Scenario, answer_all};
pub use client::{run, run_extension, run_ingestion};
use server::Server;

/// The service of the crate, and by hand what it lacks.
pub struct FlightSql;

#[tonic::async_trait]
impl Scenario for FlightSql {
    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        FlightService::get_flight_info(&Server, request).await
    }

    /// The crate answers UNIMPLEMENTED.
    async fn get_schema(&self, descriptor: FlightDescriptor) -> Answer<SchemaResult> {
        schemas::answer(&descriptor)
    }

    async fn do_get(&self, ticket: Ticket) -> Answer<Messages<FlightData>> {
        FlightService::do_get(&Server, Request::new(ticket)).await
    }

    async fn do_put(&self, messages: Streaming<FlightData>) -> Answer<Messages<PutResult>> {
        FlightService::do_put(&Server, Request::new(messages)).await
    }

    async fn do_action(&self, request: Request<Action>) -> Answer<Messages<ActionResult>> {
        if request.get_ref().r#type != "CreatePreparedSubstraitPlan" {
            return FlightService::do_action(&Server, request).await;
        }
        // The crate drops the result of its method.
        let body = request.into_inner().body;
        let command: ActionCreatePreparedSubstraitPlanRequest = Any::decode(body)
            .ok()
            .and_then(|any| any.unpack().ok().flatten())
            .ok_or_else(|| Status::invalid_argument("it is not a plan"))?;
        let result = ActionCreatePreparedStatementResult {
            prepared_statement_handle: answers::prepare_plan(command)?,
            ..Default::default()
        };
        answer_all(vec![ActionResult::new(result.as_any().encode_to_vec())])
    }
}
