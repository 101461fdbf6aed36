//! What Arrow's testers do where no scenario is named: a data set is uploaded,
//! described and read back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_flight::decode::FlightDataDecoder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::{
    FlightClient, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, PutResult, Ticket,
};
use arrow_integration_test::{ArrowJson, schema_from_json};
use arrow_schema::{Schema, SchemaRef};
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt, TryStreamExt};
use tonic::{Request, Response, Status, Streaming};

use super::connect;
use crate::data::{Encoder, next_batch, numbered};
use crate::ensure_eq;
use crate::service::{Answer, Error, Messages, Scenario, answer_all, start};

type DataSet = (SchemaRef, Vec<RecordBatch>);

pub struct JsonData {
    port: u16,
    stored: Arc<Mutex<HashMap<String, DataSet>>>,
}

impl JsonData {
    pub fn new(port: u16) -> JsonData {
        JsonData {
            port,
            stored: Default::default(),
        }
    }

    fn find(&self, name: &str) -> Result<DataSet, Status> {
        let stored = self.stored.lock().expect("nobody panics");
        stored
            .get(name)
            .cloned()
            .ok_or_else(|| Status::not_found(name))
    }
}

fn internal(error: impl ToString) -> Status {
    Status::internal(error.to_string())
}

#[tonic::async_trait]
impl Scenario for JsonData {
    async fn do_put(&self, mut input: Streaming<FlightData>) -> Answer<Messages<PutResult>> {
        let first = input.message().await?.unwrap_or_default();
        let descriptor = first.flight_descriptor.clone().unwrap_or_default();
        if descriptor.r#type() != DescriptorType::Path || descriptor.path.is_empty() {
            return Err(Status::invalid_argument("it is not a path"));
        }
        let schema = Arc::new(Schema::try_from(&first).map_err(internal)?);
        let messages = futures::stream::iter([Ok(first)]).chain(input);
        let mut messages = FlightDataDecoder::new(messages.map_err(FlightError::from));
        let (mut writer, results) = mpsc::channel(0);
        let stored = self.stored.clone();
        tokio::spawn(async move {
            let mut batches = Vec::new();
            loop {
                let result = match next_batch(&mut messages).await {
                    Ok(Some((batch, app_metadata))) => {
                        batches.push(batch);
                        Ok(PutResult {
                            app_metadata: app_metadata.into(),
                        })
                    }
                    Ok(None) => break,
                    Err(error) => Err(internal(error)),
                };
                let failed = result.is_err();
                if writer.send(result).await.is_err() || failed {
                    return;
                }
            }
            let name = descriptor.path[0].clone();
            stored
                .lock()
                .expect("nobody panics")
                .insert(name, (schema, batches));
        });
        Ok(Response::new(Box::pin(results)))
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        let descriptor = request.into_inner();
        if descriptor.r#type() != DescriptorType::Path || descriptor.path.is_empty() {
            return Err(Status::unimplemented("it is not a path"));
        }
        let name = descriptor.path[0].clone();
        let (schema, batches) = self.find(&name)?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let endpoint = FlightEndpoint::new()
            .with_ticket(Ticket::new(name))
            .with_location(format!("grpc+tcp://127.0.0.1:{}", self.port));
        let info = FlightInfo::new()
            .try_with_schema(&schema)
            .map_err(internal)?
            .with_descriptor(descriptor)
            .with_endpoint(endpoint)
            .with_total_records(rows as i64);
        Ok(Response::new(info))
    }

    async fn do_get(&self, ticket: Ticket) -> Answer<Messages<FlightData>> {
        let name = std::str::from_utf8(&ticket.ticket).map_err(internal)?;
        let (schema, batches) = self.find(name)?;
        answer_all(numbered(&schema, &batches).map_err(internal)?)
    }
}

fn read_file(path: &str) -> Result<DataSet, Error> {
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let schema = schema_from_json(&json["schema"])?;
    let batches = serde_json::from_value::<ArrowJson>(json)?.get_record_batches()?;
    Ok((Arc::new(schema), batches))
}

pub async fn run(mut client: FlightClient, path: &str) -> Result<(), Error> {
    let data = read_file(path)?;
    let descriptor = FlightDescriptor::new_path(vec![path.to_string()]);
    upload(&client, &descriptor, &data).await?;
    let info = client.get_flight_info(descriptor).await?;
    ensure_eq!(info.clone().try_decode_schema()?, *data.0);
    if info.endpoint.is_empty() {
        return Err("there are no endpoints".into());
    }
    for endpoint in info.endpoint {
        let ticket = endpoint.ticket.ok_or("there is no ticket")?;
        if endpoint.location.is_empty() {
            return Err("there are no locations".into());
        }
        for location in endpoint.location {
            let uri = location.uri.replace("grpc+tcp://", "http://");
            download(connect(&uri).await?, ticket.clone(), &data).await?;
        }
    }
    Ok(())
}

/// Each batch is acknowledged before the next one is sent.
async fn upload(
    client: &FlightClient,
    descriptor: &FlightDescriptor,
    (schema, batches): &DataSet,
) -> Result<(), Error> {
    let (mut writer, messages) = mpsc::channel(0);
    let (mut encoder, message) = Encoder::new(schema);
    let mut client = client.inner().clone();
    let mut results = start(async move { client.do_put(messages).await });
    writer
        .send(message.with_descriptor(descriptor.clone()))
        .await?;
    for (index, batch) in batches.iter().enumerate() {
        let app_metadata = index.to_string();
        for message in encoder.batch(batch, app_metadata.clone())? {
            // Why it failed is in the results.
            if writer.send(message).await.is_err() {
                break;
            }
        }
        let result = results
            .next()
            .await
            .ok_or("there is no acknowledgement")??;
        ensure_eq!(result.app_metadata, app_metadata);
    }
    writer.close_channel();
    if let Some(result) = results.next().await {
        return Err(format!("{result:?} instead of the end").into());
    }
    Ok(())
}

async fn download(
    client: FlightClient,
    ticket: Ticket,
    (schema, batches): &DataSet,
) -> Result<(), Error> {
    let messages = client.into_inner().do_get(ticket).await?.into_inner();
    let mut messages = FlightDataDecoder::new(messages.map_err(FlightError::from));
    for (index, batch) in batches.iter().enumerate() {
        let (received, app_metadata) = next_batch(&mut messages)
            .await?
            .ok_or("there are too few batches")?;
        ensure_eq!(received, *batch);
        ensure_eq!(app_metadata, index.to_string().into_bytes());
    }
    ensure_eq!(next_batch(&mut messages).await?, None);
    ensure_eq!(messages.schema(), Some(schema));
    Ok(())
}
