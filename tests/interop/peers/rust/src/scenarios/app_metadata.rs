//! `app_metadata_flight_info_endpoint`: application bytes of an info and of
//! its endpoint.

use std::sync::Arc;

use arrow_array::{ArrayRef, UInt32Array};
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::{FlightClient, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use tonic::{Request, Response, Status};

use crate::data::schema_of;
use crate::ensure_eq;
use crate::service::{Answer, Error, Scenario};

pub struct AppMetadata;

#[tonic::async_trait]
impl Scenario for AppMetadata {
    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        let descriptor = request.into_inner();
        if descriptor.r#type() != DescriptorType::Cmd {
            return Err(Status::invalid_argument("it is not a command"));
        }
        let cmd = descriptor.cmd.clone();
        let column: ArrayRef = Arc::new(UInt32Array::from(Vec::<u32>::new()));
        let endpoint = FlightEndpoint::new()
            .with_ticket(Ticket::new(""))
            .with_app_metadata(cmd.clone());
        let info = FlightInfo::new()
            .try_with_schema(&schema_of("number", &column))
            .map_err(|error| Status::internal(error.to_string()))?
            .with_descriptor(descriptor)
            .with_endpoint(endpoint)
            .with_app_metadata(cmd);
        Ok(Response::new(info))
    }
}

pub async fn run(mut client: FlightClient) -> Result<(), Error> {
    let info = client
        .get_flight_info(FlightDescriptor::new_cmd("foobar"))
        .await?;
    ensure_eq!(info.app_metadata, "foobar");
    let of_endpoints: Vec<_> = info
        .endpoint
        .into_iter()
        .map(|endpoint| endpoint.app_metadata)
        .collect();
    ensure_eq!(of_endpoints, ["foobar"]);
    Ok(())
}
