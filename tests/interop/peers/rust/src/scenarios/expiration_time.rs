//! `expiration_time:…`: endpoints that expire, can be cancelled and renewed.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use arrow_array::{RecordBatch, UInt32Array};
use arrow_flight::{
    Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus,
    FlightClient, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo,
    RenewFlightEndpointRequest, Result as ActionResult, Ticket,
};
use futures::TryStreamExt;
use prost::Message;
use tonic::{Request, Response, Status};

use crate::data::{Encoder, batch_of};
use crate::ensure_eq;
use crate::service::{Answer, Error, Messages, Scenario, answer_all};

const CANCEL: &str = "CancelFlightInfo";
const RENEW: &str = "RenewFlightEndpoint";

/// The endpoints, and for how many seconds they are valid.
const ENDPOINTS: [(&str, Option<u64>); 3] = [
    ("No expiration time", None),
    ("5 seconds", Some(5)),
    ("6 seconds", Some(6)),
];

fn batch(number: u32) -> RecordBatch {
    batch_of("number", Arc::new(UInt32Array::from(vec![number])))
}

fn seconds_on(seconds: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(seconds)
}

/// The number before the colon of a ticket.
fn index_of(ticket: Option<&Ticket>) -> Option<usize> {
    let text = std::str::from_utf8(&ticket?.ticket).ok()?;
    text.split(':').next()?.parse().ok()
}

/// What the server knows of an endpoint.
#[derive(Default)]
struct State {
    expiration: Option<SystemTime>,
    was_read: bool,
    is_cancelled: bool,
}

#[derive(Default)]
pub struct ExpirationTime(Mutex<Vec<State>>);

impl ExpirationTime {
    /// Gives `None` where there is no such endpoint.
    fn with<T>(&self, ticket: Option<&Ticket>, run: impl FnOnce(&mut State) -> T) -> Option<T> {
        let mut states = self.0.lock().expect("nobody panics");
        index_of(ticket)
            .and_then(|index| states.get_mut(index))
            .map(run)
    }

    fn cancel(&self, info: FlightInfo) -> CancelStatus {
        let mut status = CancelStatus::Cancelled;
        for endpoint in &info.endpoint {
            let done = self.with(endpoint.ticket.as_ref(), |state| {
                !std::mem::replace(&mut state.is_cancelled, true)
            });
            if done != Some(true) {
                status = CancelStatus::NotCancellable;
            }
        }
        status
    }

    fn renew(&self, mut endpoint: FlightEndpoint) -> Result<FlightEndpoint, Status> {
        let expiration = seconds_on(10);
        self.with(endpoint.ticket.as_ref(), |state| {
            state.expiration = Some(expiration);
            !state.is_cancelled
        })
        .filter(|is_valid| *is_valid)
        .ok_or_else(|| Status::invalid_argument("cancelled or unknown"))?;
        let ticket = endpoint.ticket.take().unwrap_or_default().ticket;
        let renewed = [&ticket[..], b": renewed (+ 10 seconds)"].concat();
        Ok(endpoint
            .with_ticket(Ticket::new(renewed))
            .with_expiration_time(expiration.into()))
    }
}

#[tonic::async_trait]
impl Scenario for ExpirationTime {
    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        let mut info = FlightInfo::new()
            .try_with_schema(&batch(0).schema())
            .map_err(|error| Status::internal(error.to_string()))?
            .with_descriptor(request.into_inner());
        let mut states = self.0.lock().expect("nobody panics");
        states.clear();
        for (index, (title, seconds)) in ENDPOINTS.into_iter().enumerate() {
            let expiration = seconds.map(seconds_on);
            states.push(State {
                expiration,
                ..State::default()
            });
            let ticket = Ticket::new(format!("{index}: {title}"));
            let mut endpoint = FlightEndpoint::new().with_ticket(ticket);
            endpoint.expiration_time = expiration.map(Into::into);
            info = info.with_endpoint(endpoint);
        }
        Ok(Response::new(info))
    }

    async fn do_get(&self, ticket: Ticket) -> Answer<Messages<FlightData>> {
        let is_there = self.with(Some(&ticket), |state| {
            let is_over = match state.expiration {
                Some(expiration) => expiration < SystemTime::now(),
                None => state.was_read,
            };
            state.was_read = true;
            !state.is_cancelled && !is_over
        });
        let index = index_of(Some(&ticket)).unwrap_or_default();
        if is_there != Some(true) {
            return Err(Status::not_found("cancelled, expired or read already"));
        }
        let batch = batch(index as u32);
        let (mut encoder, message) = Encoder::new(&batch.schema());
        let mut messages = vec![message];
        messages.extend(
            encoder
                .batch(&batch, "")
                .map_err(|error| Status::internal(error.to_string()))?,
        );
        answer_all(messages)
    }

    async fn list_actions(&self) -> Answer<Messages<ActionType>> {
        let action = |name: &str| ActionType {
            r#type: name.to_string(),
            ..Default::default()
        };
        answer_all(vec![action(CANCEL), action(RENEW)])
    }

    async fn do_action(&self, request: Request<Action>) -> Answer<Messages<ActionResult>> {
        let Action { r#type, body } = request.into_inner();
        let malformed = |error: prost::DecodeError| Status::invalid_argument(error.to_string());
        let result = match r#type.as_str() {
            CANCEL => {
                let request = CancelFlightInfoRequest::decode(body).map_err(malformed)?;
                let status = self.cancel(request.info.unwrap_or_default());
                CancelFlightInfoResult::new(status).encode_to_vec()
            }
            RENEW => {
                let request = RenewFlightEndpointRequest::decode(body).map_err(malformed)?;
                self.renew(request.endpoint.unwrap_or_default())?
                    .encode_to_vec()
            }
            name => return Err(Status::invalid_argument(name)),
        };
        answer_all(vec![ActionResult::new(result)])
    }
}

async fn endpoints(client: &mut FlightClient) -> Result<Vec<FlightEndpoint>, Error> {
    let descriptor = FlightDescriptor::new_cmd("expiration_time");
    Ok(client.get_flight_info(descriptor).await?.endpoint)
}

pub async fn do_get(mut client: FlightClient) -> Result<(), Error> {
    let endpoints = endpoints(&mut client).await?;
    let expiring: Vec<_> = endpoints
        .iter()
        .map(|endpoint| endpoint.expiration_time.is_some())
        .collect();
    ensure_eq!(expiring, [false, true, true]);
    let mut batches = Vec::new();
    for endpoint in endpoints {
        let ticket = endpoint.ticket.ok_or("there is no ticket")?;
        batches.extend(client.do_get(ticket).await?.try_collect::<Vec<_>>().await?);
    }
    ensure_eq!(batches, [batch(0), batch(1), batch(2)]);
    Ok(())
}

pub async fn list_actions(mut client: FlightClient) -> Result<(), Error> {
    let actions: Vec<ActionType> = client.list_actions().await?.try_collect().await?;
    let mut names: Vec<_> = actions.into_iter().map(|action| action.r#type).collect();
    names.sort();
    ensure_eq!(names, [CANCEL, RENEW]);
    Ok(())
}

pub async fn cancel_flight_info(mut client: FlightClient) -> Result<(), Error> {
    let info = client
        .get_flight_info(FlightDescriptor::new_cmd("expiration"))
        .await?;
    let result = client
        .cancel_flight_info(CancelFlightInfoRequest::new(info.clone()))
        .await?;
    ensure_eq!(result.status(), CancelStatus::Cancelled);
    for endpoint in info.endpoint {
        let ticket = endpoint.ticket.ok_or("there is no ticket")?;
        let read = match client.do_get(ticket).await {
            Ok(stream) => stream.try_collect::<Vec<_>>().await,
            Err(error) => Err(error),
        };
        ensure_eq!(read.is_err(), true);
    }
    Ok(())
}

pub async fn renew_flight_endpoint(mut client: FlightClient) -> Result<(), Error> {
    let mut renewed = 0;
    for endpoint in endpoints(&mut client).await? {
        let Some(expiration) = endpoint.expiration_time else {
            continue;
        };
        let endpoint = client
            .renew_flight_endpoint(RenewFlightEndpointRequest::new(endpoint))
            .await?;
        let later = endpoint.expiration_time.ok_or("it does not expire")?;
        let (later, earlier) = (
            SystemTime::try_from(later)?,
            SystemTime::try_from(expiration)?,
        );
        ensure_eq!(later > earlier, true);
        renewed += 1;
    }
    ensure_eq!(renewed, 2);
    Ok(())
}
