//! `poll_flight_info`: a query that is not complete at once.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow_array::{ArrayRef, UInt32Array};
use arrow_flight::{FlightClient, FlightDescriptor, FlightEndpoint, FlightInfo, PollInfo, Ticket};
use tonic::{Response, Status};

use crate::data::schema_of;
use crate::ensure_eq;
use crate::service::{Answer, Error, Scenario};

pub struct PollFlightInfo;

#[tonic::async_trait]
impl Scenario for PollFlightInfo {
    async fn poll_flight_info(&self, descriptor: FlightDescriptor) -> Answer<PollInfo> {
        let column: ArrayRef = Arc::new(UInt32Array::from(Vec::<u32>::new()));
        let internal = |error: arrow_schema::ArrowError| Status::internal(error.to_string());
        let ticket = Ticket::new("long-running query");
        let info = FlightInfo::new()
            .try_with_schema(&schema_of("number", &column))
            .map_err(internal)?
            .with_descriptor(descriptor.clone())
            .with_endpoint(FlightEndpoint::new().with_ticket(ticket));
        let answer = PollInfo::new().with_info(info);
        let poll = FlightDescriptor::new_cmd("poll");
        let answer = if descriptor == poll {
            answer.try_with_progress(1.0).map_err(internal)?
        } else {
            let expiration = SystemTime::now() + Duration::from_secs(10);
            answer
                .with_descriptor(poll)
                .try_with_progress(0.1)
                .map_err(internal)?
                .with_expiration_time(expiration.into())
        };
        Ok(Response::new(answer))
    }
}

pub async fn run(mut client: FlightClient) -> Result<(), Error> {
    let first = client
        .poll_flight_info(FlightDescriptor::new_cmd("heavy query"))
        .await?;
    let descriptor = first.flight_descriptor.ok_or("there is no descriptor")?;
    let progress = first.progress.ok_or("the progress is unknown")?;
    ensure_eq!((0.0..=1.0).contains(&progress), true);
    ensure_eq!(first.expiration_time.is_some(), true);
    let last = client.poll_flight_info(descriptor).await?;
    ensure_eq!(last.flight_descriptor, None);
    ensure_eq!(last.progress, Some(1.0));
    ensure_eq!(last.expiration_time, None);
    Ok(())
}
