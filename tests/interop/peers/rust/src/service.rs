//! What a scenario answers, without the methods that it does not have.

use std::pin::Pin;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, Result as ActionResult, SchemaResult,
    Ticket,
};
use futures::channel::mpsc;
use futures::{SinkExt, Stream, StreamExt, TryFutureExt};
use tonic::{Request, Response, Status, Streaming};

/// Whatever goes wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What a call answers with.
pub type Answer<T> = Result<Response<T>, Status>;

/// Messages of a call.
pub type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Makes an answer of messages that are there already.
pub fn answer_all<T: Send + 'static>(messages: Vec<T>) -> Answer<Messages<T>> {
    let messages = futures::stream::iter(messages).map(Ok);
    Ok(Response::new(Box::pin(messages)))
}

/// Starts a call whose answer may wait for messages that are yet to be sent:
/// some servers send headers only then.
pub fn start<T: Send + 'static>(
    call: impl Future<Output = Answer<Streaming<T>>> + Send + 'static,
) -> mpsc::Receiver<Result<T, Status>> {
    let (mut writer, answers) = mpsc::channel(0);
    tokio::spawn(async move {
        let mut messages = Box::pin(call.map_ok(Response::into_inner).try_flatten_stream());
        while let Some(message) = messages.next().await {
            if writer.send(message).await.is_err() {
                break;
            }
        }
    });
    answers
}

fn missing<T>(method: &str) -> Answer<T> {
    Err(Status::unimplemented(method))
}

/// The service of a scenario.
#[tonic::async_trait]
pub trait Scenario: Send + Sync + 'static {
    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Answer<Messages<HandshakeResponse>> {
        missing("Handshake")
    }

    async fn get_flight_info(&self, _: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        missing("GetFlightInfo")
    }

    async fn poll_flight_info(&self, _: FlightDescriptor) -> Answer<PollInfo> {
        missing("PollFlightInfo")
    }

    async fn get_schema(&self, _: FlightDescriptor) -> Answer<SchemaResult> {
        missing("GetSchema")
    }

    async fn do_get(&self, _: Ticket) -> Answer<Messages<FlightData>> {
        missing("DoGet")
    }

    async fn do_put(&self, _: Streaming<FlightData>) -> Answer<Messages<PutResult>> {
        missing("DoPut")
    }

    async fn do_exchange(&self, _: Streaming<FlightData>) -> Answer<Messages<FlightData>> {
        missing("DoExchange")
    }

    async fn do_action(&self, _: Request<Action>) -> Answer<Messages<ActionResult>> {
        missing("DoAction")
    }

    async fn list_actions(&self) -> Answer<Messages<ActionType>> {
        missing("ListActions")
    }
}

/// A scenario as tonic wants it.
pub struct PeerService(pub Box<dyn Scenario>);

#[tonic::async_trait]
impl FlightService for PeerService {
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
        self.0.handshake(request).await
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Answer<Self::ListFlightsStream> {
        missing("ListFlights")
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        self.0.get_flight_info(request).await
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<PollInfo> {
        self.0.poll_flight_info(request.into_inner()).await
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Answer<SchemaResult> {
        self.0.get_schema(request.into_inner()).await
    }

    async fn do_get(&self, request: Request<Ticket>) -> Answer<Self::DoGetStream> {
        self.0.do_get(request.into_inner()).await
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Answer<Self::DoPutStream> {
        self.0.do_put(request.into_inner()).await
    }

    async fn do_exchange(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Answer<Self::DoExchangeStream> {
        self.0.do_exchange(request.into_inner()).await
    }

    async fn do_action(&self, request: Request<Action>) -> Answer<Self::DoActionStream> {
        self.0.do_action(request).await
    }

    async fn list_actions(&self, _: Request<Empty>) -> Answer<Self::ListActionsStream> {
        self.0.list_actions().await
    }
}
