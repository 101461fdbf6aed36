//! Arrow's integration scenarios over the crate arrow-flight, with the command
//! lines of Arrow's testers:
//!
//!     flight-peer server --port=0 [--scenario=NAME]
//!     flight-peer client --host=HOST --port=PORT (--scenario=NAME | --path=JSON)
//!     flight-peer load --host=HOST --port=PORT --path=JSON --clients=N --seconds=N
//!     flight-peer web --port=0
//!
//! `load` runs many clients at the same time, again and again, and prints how
//! often. `web` is a server of gRPC-Web.

mod data;
mod options;
mod scenarios;
mod service;
mod web;

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow_flight::flight_service_server::FlightServiceServer;
use futures::future::try_join_all;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;

use options::Options;
use service::{Error, PeerService};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (command, options) = Options::from_args()?;
    match command.as_str() {
        "server" => serve(&options).await,
        "client" => scenarios::run(&options).await,
        "load" => load(options).await,
        "web" => web::serve(&options).await,
        _ => Err(format!("there is no command {command}").into()),
    }
}

async fn serve(options: &Options) -> Result<(), Error> {
    let listener = TcpListener::bind(format!("127.0.0.1:{}", options.get("port")?)).await?;
    let port = listener.local_addr()?.port();
    let scenario = scenarios::service(options.find("scenario"), port)?;
    println!("Server listening on localhost:{port}");
    tonic::transport::Server::builder()
        .add_service(FlightServiceServer::new(PeerService(scenario)))
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await?;
    Ok(())
}

async fn load(options: Options) -> Result<(), Error> {
    let clients: u32 = options.get("clients")?.parse()?;
    let seconds = options.get("seconds")?.parse()?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let options = Arc::new(options);
    let rounds = try_join_all((0..clients).map(|_| tokio::spawn(rounds(options.clone(), end))));
    let mut total = 0;
    for count in rounds.await? {
        total += count?;
    }
    println!("{total}");
    Ok(())
}

/// One client: how often it got through before the end.
async fn rounds(options: Arc<Options>, end: Instant) -> Result<u32, Error> {
    let mut count = 0;
    while Instant::now() < end {
        scenarios::run(&options).await?;
        count += 1;
    }
    Ok(count)
}
