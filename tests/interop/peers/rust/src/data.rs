//! Batches to messages and back. The encoder of arrow-flight would leave out
//! batches without rows, and cannot attach metadata to a batch.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_flight::FlightData;
use arrow_flight::decode::{DecodedFlightData, DecodedPayload, FlightDataDecoder};
use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions};
use arrow_schema::{Field, Schema, SchemaRef};
use futures::StreamExt;

use crate::service::Error;

/// Makes the messages of a stream.
pub struct Encoder {
    generator: IpcDataGenerator,
    tracker: DictionaryTracker,
    options: IpcWriteOptions,
}

impl Encoder {
    /// Makes the encoder, and the message of the schema.
    pub fn new(schema: &Schema) -> (Encoder, FlightData) {
        let mut encoder = Encoder {
            generator: IpcDataGenerator::default(),
            tracker: DictionaryTracker::new(false),
            options: IpcWriteOptions::default(),
        };
        let message = encoder.generator.schema_to_bytes_with_dictionary_tracker(
            schema,
            &mut encoder.tracker,
            &encoder.options,
        );
        (encoder, message.into())
    }

    /// The messages of a batch: the dictionaries that are new, and the batch
    /// with its metadata.
    pub fn batch(
        &mut self,
        batch: &RecordBatch,
        app_metadata: impl Into<Vec<u8>>,
    ) -> Result<Vec<FlightData>, Error> {
        let (dictionaries, message) = self.generator.encode(
            batch,
            &mut self.tracker,
            &self.options,
            &mut Default::default(),
        )?;
        let mut messages: Vec<FlightData> = dictionaries.into_iter().map(Into::into).collect();
        messages.push(FlightData::from(message).with_app_metadata(app_metadata.into()));
        Ok(messages)
    }
}

/// All messages of a stream whose batches have their numbers as metadata.
pub fn numbered(schema: &Schema, batches: &[RecordBatch]) -> Result<Vec<FlightData>, Error> {
    let (mut encoder, message) = Encoder::new(schema);
    let mut messages = vec![message];
    for (index, batch) in batches.iter().enumerate() {
        messages.extend(encoder.batch(batch, index.to_string())?);
    }
    Ok(messages)
}

/// The next batch of a stream, and its metadata.
pub async fn next_batch(
    messages: &mut FlightDataDecoder,
) -> Result<Option<(RecordBatch, Vec<u8>)>, Error> {
    while let Some(message) = messages.next().await {
        let DecodedFlightData { inner, payload } = message?;
        if let DecodedPayload::RecordBatch(batch) = payload {
            return Ok(Some((batch, inner.app_metadata.to_vec())));
        }
    }
    Ok(None)
}

/// The schema of one column without nulls.
pub fn schema_of(name: &str, column: &ArrayRef) -> SchemaRef {
    let field = Field::new(name, column.data_type().clone(), false);
    Arc::new(Schema::new(vec![field]))
}

/// A batch of one column without nulls.
pub fn batch_of(name: &str, column: ArrayRef) -> RecordBatch {
    RecordBatch::try_new(schema_of(name, &column), vec![column]).expect("one column")
}
