//! `middleware`: a header goes there and back, whatever becomes of the call.

use arrow_flight::{FlightClient, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
use tonic::{Request, Response, Status};

use crate::ensure_eq;
use crate::service::{Answer, Error, Scenario};

const HEADER: &str = "x-middleware";
const VALUE: &str = "expected value";

pub struct Middleware;

#[tonic::async_trait]
impl Scenario for Middleware {
    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        let empty = MetadataValue::<Ascii>::from_static("");
        let value = request.metadata().get(HEADER).unwrap_or(&empty).clone();
        let descriptor = request.into_inner();
        if descriptor.cmd != "success" {
            let mut status = Status::unknown("Unknown");
            status.metadata_mut().insert(HEADER, value);
            return Err(status);
        }
        let endpoint = FlightEndpoint::new()
            .with_ticket(Ticket::new("foo"))
            .with_location("grpc+tcp://localhost:10010");
        let info = FlightInfo::new()
            .with_descriptor(descriptor)
            .with_endpoint(endpoint);
        let mut answer = Response::new(info);
        answer.metadata_mut().insert(HEADER, value);
        Ok(answer)
    }
}

fn check(metadata: &MetadataMap) -> Result<(), Error> {
    let value = metadata.get(HEADER).ok_or("the header did not come back")?;
    ensure_eq!(value.to_str()?, VALUE);
    Ok(())
}

pub async fn run(client: FlightClient) -> Result<(), Error> {
    let mut client = client.into_inner();
    let request = |cmd: &'static str| {
        let mut request = Request::new(FlightDescriptor::new_cmd(cmd));
        request
            .metadata_mut()
            .insert(HEADER, MetadataValue::from_static(VALUE));
        request
    };
    match client.get_flight_info(request("")).await {
        Ok(_) => return Err("the call did not fail".into()),
        Err(status) => check(status.metadata())?,
    }
    check(client.get_flight_info(request("success")).await?.metadata())
}
