//! `do_exchange:echo`: each message is answered before the next one is sent.

use std::sync::Arc;

use arrow_array::{Int32Array, RecordBatch};
use arrow_flight::decode::FlightDataDecoder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::{FlightClient, FlightData, FlightDescriptor};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt, TryStreamExt};
use tonic::{Response, Status, Streaming};

use crate::data::{Encoder, batch_of, next_batch};
use crate::ensure_eq;
use crate::service::{Answer, Error, Messages, Scenario, start};

pub struct DoExchangeEcho;

#[tonic::async_trait]
impl Scenario for DoExchangeEcho {
    async fn do_exchange(&self, mut input: Streaming<FlightData>) -> Answer<Messages<FlightData>> {
        let first = input.message().await?.unwrap_or_default();
        let descriptor = first.flight_descriptor.clone().unwrap_or_default();
        if descriptor.r#type() != DescriptorType::Cmd {
            return Err(Status::invalid_argument("it is not a command"));
        }
        if descriptor.cmd != "echo" {
            return Err(Status::unimplemented("the only command is echo"));
        }
        // A message of the descriptor alone is not a message of the stream.
        let first = (!first.data_header.is_empty()).then_some(Ok(FlightData {
            flight_descriptor: None,
            ..first
        }));
        Ok(Response::new(Box::pin(
            futures::stream::iter(first).chain(input),
        )))
    }
}

fn batch_at(index: i32) -> RecordBatch {
    batch_of(
        "x",
        Arc::new(Int32Array::from_iter_values(index..index + 10)),
    )
}

pub async fn run(client: FlightClient) -> Result<(), Error> {
    let (mut writer, messages) = mpsc::channel(0);
    let mut client = client.into_inner();
    let answers = start(async move { client.do_exchange(messages).await });
    let descriptor = FlightDescriptor::new_cmd("echo");
    writer
        .send(FlightData::new().with_descriptor(descriptor))
        .await?;
    let mut answers = FlightDataDecoder::new(answers.map_err(FlightError::from));
    let (mut encoder, schema) = Encoder::new(&batch_at(0).schema());
    writer.send(schema).await?;
    for index in 0..4 {
        let app_metadata = if index % 2 == 0 {
            index.to_string()
        } else {
            String::new()
        };
        for message in encoder.batch(&batch_at(index), app_metadata.clone())? {
            writer.send(message).await?;
        }
        let (batch, metadata) = next_batch(&mut answers)
            .await?
            .ok_or("there is no answer")?;
        ensure_eq!(batch, batch_at(index));
        ensure_eq!(metadata, app_metadata.into_bytes());
    }
    writer.close_channel();
    ensure_eq!(next_batch(&mut answers).await?, None);
    Ok(())
}
