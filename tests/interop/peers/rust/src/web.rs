//! `web`: a server of gRPC-Web over HTTP/1.1 by tonic-web, with all ten methods,
//! as `web_service.ts` has them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use arrow_array::{Float64Array, Int64Array, RecordBatch};
use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, Result as ActionResult, SchemaAsIpc,
    SchemaResult, Ticket,
};
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::data::Encoder;
use crate::options::Options;
use crate::service::{Answer, Error, Messages, answer_all};

const ROWS: usize = 65_536;
const EXTRA_INFO: &[u8] = &[0, 255, 10, 128];
const ERROR_TEXT: &str = "no such flight: naïve % 100";

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("row", DataType::Int64, true),
        Field::new("value", DataType::Float64, true),
    ]))
});

/// Listens, and serves until the process ends.
pub async fn serve(options: &Options) -> Result<(), Error> {
    let listener = TcpListener::bind(format!("127.0.0.1:{}", options.get("port")?)).await?;
    let port = listener.local_addr()?.port();
    println!("Server listening on localhost:{port}");
    tonic::transport::Server::builder()
        .accept_http1(true)
        .layer(tonic_web::GrpcWebLayer::new())
        .add_service(FlightServiceServer::new(WebService::default()))
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await?;
    Ok(())
}

/// The batch at a place of the stream, as big_stream.ts makes it.
fn big_batch(index: usize) -> Result<RecordBatch, Error> {
    let rows = (0..ROWS).map(|row| (row + index % 8) as i64);
    let values = (0..ROWS).map(|row| row as f64 / 2.0);
    Ok(RecordBatch::try_new(
        SCHEMA.clone(),
        vec![
            Arc::new(Int64Array::from_iter_values(rows)),
            Arc::new(Float64Array::from_iter_values(values)),
        ],
    )?)
}

fn failure() -> Status {
    Status::with_details(Code::NotFound, ERROR_TEXT, EXTRA_INFO.into())
}

fn internal(error: impl std::fmt::Display) -> Status {
    Status::internal(error.to_string())
}

/// The schema, and so many batches, each made when it is asked for.
fn batches(count: usize) -> impl Stream<Item = Result<FlightData, Status>> + Send {
    let (encoder, schema) = Encoder::new(&SCHEMA);
    let rest = stream::unfold((encoder, 0), move |(mut encoder, index)| async move {
        if index == count {
            return None;
        }
        let messages = big_batch(index)
            .and_then(|batch| encoder.batch(&batch, Vec::new()))
            .map_err(internal);
        Some((messages, (encoder, index + 1)))
    });
    let rest = rest.flat_map(|messages| match messages {
        Ok(messages) => stream::iter(messages.into_iter().map(Ok).collect::<Vec<_>>()),
        Err(error) => stream::iter(vec![Err(error)]),
    });
    stream::once(async { Ok(schema) }).chain(rest)
}

fn info_of(descriptor: FlightDescriptor) -> Result<FlightInfo, Status> {
    Ok(FlightInfo::new()
        .try_with_schema(&SCHEMA)
        .map_err(internal)?
        .with_descriptor(descriptor)
        .with_endpoint(FlightEndpoint::new().with_ticket(Ticket::new("2")))
        .with_total_records((1 << 53) + 1))
}

/// The service. The permits tell of calls that were canceled.
struct WebService {
    canceled: Arc<Semaphore>,
}

impl Default for WebService {
    fn default() -> Self {
        WebService {
            canceled: Arc::new(Semaphore::new(0)),
        }
    }
}

/// Adds a permit when the answer that owns it is dropped.
struct OnDrop(Arc<Semaphore>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

/// An answer that does not come; it owns the guard.
fn never<T>(guard: Option<OnDrop>) -> impl Stream<Item = Result<T, Status>> + Send {
    stream::once(async move {
        let _guard = guard;
        std::future::pending().await
    })
}

/// An answer every 50 milliseconds, without end; it owns the guard.
fn ticks(guard: OnDrop) -> impl Stream<Item = Result<ActionResult, Status>> + Send {
    stream::unfold(guard, |guard| async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Some((Ok(ActionResult::default()), guard))
    })
}

#[tonic::async_trait]
impl FlightService for WebService {
    type HandshakeStream = Messages<HandshakeResponse>;
    type ListFlightsStream = Messages<FlightInfo>;
    type DoGetStream = Messages<FlightData>;
    type DoPutStream = Messages<PutResult>;
    type DoExchangeStream = Messages<FlightData>;
    type DoActionStream = Messages<ActionResult>;
    type ListActionsStream = Messages<ActionType>;

    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Answer<Self::HandshakeStream> {
        let answers = request.into_inner().map_ok(|request| HandshakeResponse {
            protocol_version: 0,
            payload: request.payload,
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Answer<Self::ListFlightsStream> {
        let infos: Result<Vec<_>, _> = (0..3)
            .map(|index| info_of(FlightDescriptor::new_path(vec![index.to_string()])))
            .collect();
        answer_all(infos?)
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        let (metadata, _, descriptor) = request.into_parts();
        if descriptor.path == ["fail"] {
            return Err(failure());
        }
        let mut response = Response::new(info_of(descriptor)?);
        if let Some(value) = metadata.get("x-text") {
            response.metadata_mut().insert("x-text", value.clone());
        }
        if let Some(value) = metadata.get_bin("x-bytes-bin") {
            response
                .metadata_mut()
                .insert_bin("x-bytes-bin", value.clone());
        }
        Ok(response)
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<PollInfo> {
        let info = info_of(request.into_inner())?;
        Ok(Response::new(
            PollInfo::new()
                .with_info(info)
                .try_with_progress(1.0)
                .map_err(internal)?,
        ))
    }

    async fn get_schema(&self, _: Request<FlightDescriptor>) -> Answer<SchemaResult> {
        let options = IpcWriteOptions::default();
        let schema = SchemaAsIpc::new(&SCHEMA, &options);
        Ok(Response::new(schema.try_into().map_err(internal)?))
    }

    async fn do_get(&self, request: Request<Ticket>) -> Answer<Self::DoGetStream> {
        let ticket = String::from_utf8(request.into_inner().ticket.into()).map_err(internal)?;
        if ticket == "fail" {
            let end = stream::once(async { Err(failure()) });
            return Ok(Response::new(Box::pin(batches(2).chain(end))));
        }
        Ok(Response::new(Box::pin(batches(
            ticket.parse().map_err(internal)?,
        ))))
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Answer<Self::DoPutStream> {
        // The first message is the schema.
        let batches = request.into_inner().skip(1).enumerate();
        let results = batches.map(|(index, message)| {
            message.map(|_| PutResult {
                app_metadata: (index + 1).to_string().into(),
            })
        });
        Ok(Response::new(Box::pin(results)))
    }

    async fn do_exchange(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Answer<Self::DoExchangeStream> {
        let messages = request.into_inner().map_ok(|message| FlightData {
            flight_descriptor: None,
            ..message
        });
        Ok(Response::new(Box::pin(messages)))
    }

    async fn do_action(&self, request: Request<Action>) -> Answer<Self::DoActionStream> {
        let Action { r#type, body } = request.into_inner();
        let first = stream::iter([Ok(ActionResult { body })]);
        match r#type.as_str() {
            "echo" => Ok(Response::new(Box::pin(first))),
            "wait" => {
                let guard = OnDrop(self.canceled.clone());
                Ok(Response::new(Box::pin(first.chain(never(Some(guard))))))
            }
            "tick" => {
                let guard = OnDrop(self.canceled.clone());
                Ok(Response::new(Box::pin(first.chain(ticks(guard)))))
            }
            "never" => Ok(Response::new(Box::pin(never(None)))),
            "canceled" => {
                self.canceled.acquire().await.map_err(internal)?.forget();
                Ok(Response::new(Box::pin(first)))
            }
            _ => Err(Status::unimplemented(r#type)),
        }
    }

    async fn list_actions(&self, _: Request<Empty>) -> Answer<Self::ListActionsStream> {
        answer_all(vec![ActionType {
            r#type: "echo".into(),
            description: "sends the body back".into(),
        }])
    }
}
