//! The scheduler or an executor of Apache DataFusion Ballista on the loopback
//! address, for the demo and for the tests of the gateway.
//!
//!     ballista-cluster scheduler PORT
//!     ballista-cluster executor FLIGHT_PORT GRPC_PORT SCHEDULER_PORT FOLDER

use std::error::Error;
use std::sync::Arc;

use ballista_executor::executor_process::{start_executor_process, ExecutorProcessConfig};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;

type Outcome = Result<(), Box<dyn Error>>;

/// Tasks that an executor runs at once.
const TASK_SLOTS: usize = 2;

/// An executor registers again this long after its scheduler was started anew.
const HEARTBEAT_SECONDS: u64 = 2;

async fn schedule(port: u16) -> Outcome {
    let config = SchedulerConfig {
        bind_port: port,
        flight_sql: true,
        ..Default::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await?;
    let address = format!("127.0.0.1:{port}").parse()?;
    start_server(cluster, address, Arc::new(config)).await?;
    Ok(())
}

async fn execute(port: u16, grpc_port: u16, scheduler_port: u16, folder: String) -> Outcome {
    let config = ExecutorProcessConfig {
        port,
        grpc_port,
        scheduler_host: "127.0.0.1".into(),
        scheduler_port,
        scheduler_connect_timeout_seconds: 30,
        vcores: TASK_SLOTS,
        executor_heartbeat_interval_seconds: HEARTBEAT_SECONDS,
        work_dir: Some(folder),
        ..Default::default()
    };
    start_executor_process(Arc::new(config)).await?;
    Ok(())
}

fn main() -> Outcome {
    env_logger::init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Plans are walked by recursion; upstream's programs do the same.
        .thread_stack_size(32 << 20)
        .build()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["scheduler", port] => runtime.block_on(schedule(port.parse()?)),
        ["executor", port, grpc_port, scheduler_port, folder] => runtime.block_on(execute(
            port.parse()?,
            grpc_port.parse()?,
            scheduler_port.parse()?,
            folder.into(),
        )),
        _ => Err("expected `scheduler PORT` or `executor FLIGHT_PORT GRPC_PORT SCHEDULER_PORT FOLDER`".into()),
    }
}
