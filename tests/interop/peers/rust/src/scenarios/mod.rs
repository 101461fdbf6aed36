//! The scenarios by their names, as Arrow's runner gives them.

mod app_metadata;
mod auth_basic_proto;
mod do_exchange_echo;
mod expiration_time;
mod flight_sql;
mod json_data;
mod location_reuse_connection;
mod middleware;
mod ordered;
mod poll_flight_info;

use arrow_flight::FlightClient;
use tonic::transport::Endpoint;

use crate::options::Options;
use crate::service::{Error, Scenario};

/// Fails unless two values are equal.
#[macro_export]
macro_rules! ensure_eq {
    ($found:expr, $wanted:expr) => {{
        let (found, wanted) = (&$found, &$wanted);
        if found != wanted {
            return Err(format!("{found:?} instead of {wanted:?}").into());
        }
    }};
}

/// Makes the service of a scenario; without a name, of the default flow.
pub fn service(name: Option<&str>, port: u16) -> Result<Box<dyn Scenario>, Error> {
    Ok(match name {
        None => Box::new(json_data::JsonData::new(port)),
        Some("auth:basic_proto") => Box::new(auth_basic_proto::AuthBasicProto),
        Some("middleware") => Box::new(middleware::Middleware),
        Some("ordered") => Box::new(ordered::Ordered),
        Some(name) if name.starts_with("expiration_time:") => {
            Box::new(expiration_time::ExpirationTime::default())
        }
        Some("do_exchange:echo") => Box::new(do_exchange_echo::DoExchangeEcho),
        Some("location:reuse_connection") => {
            Box::new(location_reuse_connection::LocationReuseConnection)
        }
        Some("poll_flight_info") => Box::new(poll_flight_info::PollFlightInfo),
        Some("app_metadata_flight_info_endpoint") => Box::new(app_metadata::AppMetadata),
        Some("flight_sql" | "flight_sql:extension" | "flight_sql:ingestion") => {
            Box::new(flight_sql::FlightSql)
        }
        Some(name) => return Err(format!("there is no scenario {name}").into()),
    })
}

/// Runs the client of a scenario.
pub async fn run(options: &Options) -> Result<(), Error> {
    let (host, port) = (options.get("host")?, options.get("port")?);
    let client = connect(&format!("http://{host}:{port}")).await?;
    let Some(name) = options.find("scenario") else {
        return json_data::run(client, options.get("path")?).await;
    };
    match name {
        "auth:basic_proto" => auth_basic_proto::run(client).await,
        "middleware" => middleware::run(client).await,
        "ordered" => ordered::run(client).await,
        "expiration_time:do_get" => expiration_time::do_get(client).await,
        "expiration_time:list_actions" => expiration_time::list_actions(client).await,
        "expiration_time:cancel_flight_info" => expiration_time::cancel_flight_info(client).await,
        "expiration_time:renew_flight_endpoint" => {
            expiration_time::renew_flight_endpoint(client).await
        }
        "do_exchange:echo" => do_exchange_echo::run(client).await,
        "location:reuse_connection" => location_reuse_connection::run(client).await,
        "poll_flight_info" => poll_flight_info::run(client).await,
        "app_metadata_flight_info_endpoint" => app_metadata::run(client).await,
        "flight_sql" => flight_sql::run(client).await,
        "flight_sql:extension" => flight_sql::run_extension(client).await,
        "flight_sql:ingestion" => flight_sql::run_ingestion(client).await,
        _ => Err(format!("there is no scenario {name}").into()),
    }
}

/// Makes a client of a server.
pub async fn connect(uri: &str) -> Result<FlightClient, Error> {
    let channel = Endpoint::from_shared(uri.to_string())?.connect().await?;
    Ok(FlightClient::new(channel))
}
