//! `auth:basic_proto`: name and password by Handshake, then a token.

use arrow_flight::{
    Action, BasicAuth, FlightClient, HandshakeRequest, HandshakeResponse, Result as ActionResult,
};
use futures::{StreamExt, TryStreamExt};
use prost::Message;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Status, Streaming};

use crate::ensure_eq;
use crate::service::{Answer, Error, Messages, Scenario, answer_all};

const HEADER: &str = "auth-token-bin";
const USERNAME: &str = "arrow";
const PASSWORD: &str = "flight";

pub struct AuthBasicProto;

#[tonic::async_trait]
impl Scenario for AuthBasicProto {
    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Answer<Messages<HandshakeResponse>> {
        let refused = || Status::unauthenticated("Invalid token");
        let message = request.into_inner().message().await?.ok_or_else(refused)?;
        let auth = BasicAuth::decode(message.payload).map_err(|_| refused())?;
        if auth.username != USERNAME || auth.password != PASSWORD {
            return Err(refused());
        }
        answer_all(vec![HandshakeResponse {
            protocol_version: 0,
            payload: USERNAME.into(),
        }])
    }

    async fn do_action(&self, request: Request<Action>) -> Answer<Messages<ActionResult>> {
        let token = request
            .metadata()
            .get_bin(HEADER)
            .and_then(|value| value.to_bytes().ok());
        match token {
            Some(token) if token == USERNAME => answer_all(vec![ActionResult::new(token)]),
            _ => Err(Status::unauthenticated("Invalid token")),
        }
    }
}

pub async fn run(client: FlightClient) -> Result<(), Error> {
    let mut client = client.into_inner();
    // The call may fail at once, or with its first message.
    let error = match client.do_action(Action::default()).await {
        Ok(answer) => answer.into_inner().message().await.err(),
        Err(status) => Some(status),
    };
    ensure_eq!(
        error.map(|status| status.code()),
        Some(Code::Unauthenticated)
    );

    let auth = BasicAuth {
        username: USERNAME.to_string(),
        password: PASSWORD.to_string(),
    };
    let request = HandshakeRequest {
        protocol_version: 0,
        payload: auth.encode_to_vec().into(),
    };
    let answers = client
        .handshake(futures::stream::iter([request]))
        .await?
        .into_inner();
    let answers: Vec<HandshakeResponse> = answers.try_collect().await?;
    ensure_eq!(answers.len(), 1);

    let mut request = Request::new(Action::default());
    let token = MetadataValue::from_bytes(&answers[0].payload);
    request.metadata_mut().insert_bin(HEADER, token);
    let results = client.do_action(request).await?.into_inner();
    let bodies: Vec<_> = results
        .map(|result| result.map(|r| r.body))
        .try_collect()
        .await?;
    ensure_eq!(bodies, [USERNAME]);
    Ok(())
}
