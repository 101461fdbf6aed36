//! `location:reuse_connection`: the location of the connection in use.

use arrow_flight::{FlightClient, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use arrow_schema::Schema;
use tonic::{Request, Response, Status};

use crate::ensure_eq;
use crate::service::{Answer, Error, Scenario};

const REUSE_CONNECTION: &str = "arrow-flight-reuse-connection://?";

pub struct LocationReuseConnection;

#[tonic::async_trait]
impl Scenario for LocationReuseConnection {
    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        let endpoint = FlightEndpoint::new()
            .with_ticket(Ticket::new("reuse"))
            .with_location(REUSE_CONNECTION);
        let info = FlightInfo::new()
            .try_with_schema(&Schema::empty())
            .map_err(|error| Status::internal(error.to_string()))?
            .with_descriptor(request.into_inner())
            .with_endpoint(endpoint);
        Ok(Response::new(info))
    }
}

pub async fn run(mut client: FlightClient) -> Result<(), Error> {
    let info = client
        .get_flight_info(FlightDescriptor::new_cmd("reuse"))
        .await?;
    let locations: Vec<Vec<String>> = info
        .endpoint
        .into_iter()
        .map(|endpoint| {
            endpoint
                .location
                .into_iter()
                .map(|location| location.uri)
                .collect()
        })
        .collect();
    ensure_eq!(locations, [[REUSE_CONNECTION]]);
    Ok(())
}
