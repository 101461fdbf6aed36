//! `ordered`: the endpoints are in the order of the data.

use std::sync::Arc;

use arrow_array::{Int32Array, RecordBatch};
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::{
    FlightClient, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket,
};
use arrow_schema::SchemaRef;
use futures::TryStreamExt;
use tonic::{Request, Response, Status};

use crate::data::{Encoder, batch_of};
use crate::ensure_eq;
use crate::service::{Answer, Error, Messages, Scenario, answer_all};

const NUMBERS: [(&str, [i32; 3]); 3] = [
    ("1", [1, 2, 3]),
    ("2", [10, 20, 30]),
    ("3", [100, 200, 300]),
];

fn batch(numbers: &[i32]) -> RecordBatch {
    batch_of("number", Arc::new(Int32Array::from(numbers.to_vec())))
}

fn schema() -> SchemaRef {
    batch(&[]).schema()
}

pub struct Ordered;

#[tonic::async_trait]
impl Scenario for Ordered {
    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        let descriptor = request.into_inner();
        let ordered = descriptor.r#type() == DescriptorType::Cmd && descriptor.cmd == "ordered";
        let tickets = if ordered {
            ["1", "2", "3"]
        } else {
            ["1", "3", "2"]
        };
        let endpoints =
            tickets.map(|ticket| FlightEndpoint::new().with_ticket(Ticket::new(ticket)));
        let info = FlightInfo::new()
            .try_with_schema(&schema())
            .map_err(|error| Status::internal(error.to_string()))?
            .with_descriptor(descriptor)
            .with_endpoints(endpoints.to_vec())
            .with_ordered(ordered);
        Ok(Response::new(info))
    }

    async fn do_get(&self, ticket: Ticket) -> Answer<Messages<FlightData>> {
        let (_, numbers) = NUMBERS
            .iter()
            .find(|(name, _)| ticket.ticket == *name)
            .ok_or_else(|| Status::not_found("no such ticket"))?;
        let (mut encoder, message) = Encoder::new(&schema());
        let mut messages = vec![message];
        messages.extend(
            encoder
                .batch(&batch(numbers), "")
                .map_err(|error| Status::internal(error.to_string()))?,
        );
        answer_all(messages)
    }
}

pub async fn run(mut client: FlightClient) -> Result<(), Error> {
    let info = client
        .get_flight_info(FlightDescriptor::new_cmd("ordered"))
        .await?;
    ensure_eq!(info.ordered, true);
    let mut batches = Vec::new();
    for endpoint in info.endpoint {
        ensure_eq!(endpoint.location, vec![]);
        let ticket = endpoint.ticket.ok_or("there is no ticket")?;
        batches.extend(client.do_get(ticket).await?.try_collect::<Vec<_>>().await?);
    }
    ensure_eq!(
        batches,
        NUMBERS.map(|(_, numbers)| batch(&numbers)).to_vec()
    );
    Ok(())
}
