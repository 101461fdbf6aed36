/**
 * The benchmark of Arrow C++ (`arrow-flight-benchmark`) for this package, with
 * its options, data and figures; it runs against every server that speaks its
 * messages (perf.proto).
 *
 *     deno run -A bench/transfer/perf_client.ts --server_port 31337 --num_streams 4
 *     bun bench/transfer/perf_client.ts --server_port 31337 --test_put
 *
 * In addition to the original:
 *
 * - `--test_exchange` sends the streams and reads them back, `--test_round_trip`
 *   and `--test_concurrent` make `--num_calls` small calls.
 * - `--data` is a kind of data of perf_data.ts, `--compression` lz4 or zstd.
 * - `--sum` adds up a column.
 * - `--tls` trusts the certificates of the tests.
 * - `--shared` has all streams on one connection. `--server_port` may be several
 *   ports with commas, whose servers share the streams.
 * - `--client` selects another client than this package.
 * - `--reuse_memory` uses the memory of received batches again.
 *
 * @module
 */
import process from "node:process";
import { connectContrail } from "./contrail_connection.ts";
import { Flags } from "../support/flags.ts";
import { bytesPerRow, type DataKind } from "./perf_data.ts";
import type { Compression } from "./perf_messages.ts";
import {
  type Connect,
  type PerfOptions,
  type PerfResult,
  type PerfTest,
  runPerf,
} from "./perf_run.ts";
import { answerStdin } from "../support/worker.ts";

const FLAGS = [
  "client",
  "server_host",
  "server_port",
  "num_streams",
  "num_threads",
  "records_per_stream",
  "records_per_batch",
  "num_perf_runs",
  "num_calls",
  "sum",
  "data",
  "compression",
  "tls",
  "shared",
  "test_put",
  "test_exchange",
  "test_round_trip",
  "test_concurrent",
  "worker",
  "reuse_memory",
];

function testOf(flags: Flags): PerfTest {
  if (flags.on("test_put")) return "put";
  if (flags.on("test_exchange")) return "exchange";
  if (flags.on("test_round_trip")) return "round_trip";
  return flags.on("test_concurrent") ? "concurrent" : "get";
}

function optionsOf(flags: Flags): PerfOptions {
  return {
    test: testOf(flags),
    data: flags.text("data", "int64") as DataKind,
    compression: flags.text("compression", "none") as Compression,
    shared: flags.on("shared"),
    numStreams: flags.count("num_streams", 4),
    numThreads: flags.count("num_threads", 4),
    recordsPerStream: flags.count("records_per_stream", 10_000_000),
    recordsPerBatch: flags.count("records_per_batch", 4096),
    numCalls: flags.count("num_calls", 1000),
    sum: flags.on("sum"),
  };
}

async function connectorOf(
  name: string,
  reusesMemory: boolean,
): Promise<Connect> {
  switch (name) {
    case "contrail":
      return (location, compression) =>
        connectContrail(location, compression, reusesMemory);
    case "arrow-flight-client": {
      // Imported only here: its modules would count in our memory.
      const module = await import("./arrow_flight_client_connection.ts");
      return module.connectArrowFlightClient;
    }
    default:
      throw new TypeError(`--client must be contrail or arrow-flight-client`);
  }
}

async function run(connect: Connect, flags: Flags): Promise<PerfResult> {
  const host = flags.text("server_host", "127.0.0.1");
  const scheme = flags.on("tls") ? "grpc+tls" : "grpc";
  const locations = flags.text("server_port", "31337").split(",")
    .map((port) => `${scheme}://${host}:${port}`);
  return await runPerf(connect, locations, optionsOf(flags));
}

/** Formats the report of the original, in its words. */
function report(options: PerfOptions, result: PerfResult): string {
  const { rows, batches, seconds, mibPerSecond, latencyUs, sum } = result;
  const verb = options.test === "put" ? "written" : "read";
  const isTransfer = ["get", "put", "exchange"].includes(options.test);
  const bytes = bytesPerRow(options.data);
  const what = isTransfer ? "batches" : "calls";
  return [
    ...isTransfer
      ? [
        `Number of streams: ${options.numStreams} of at most ` +
        `${options.numThreads} at a time`,
        `Batch size: ${options.recordsPerBatch * bytes}`,
        `Batches ${verb}: ${batches}`,
        `Bytes ${verb}: ${rows * bytes}`,
        `Speed: ${mibPerSecond.toFixed(2)} MB/s`,
      ]
      : [`Calls: ${batches}`],
    `Nanos: ${Math.round(seconds * 1e9)}`,
    `Throughput: ${(batches / seconds).toFixed(1)} ${what}/s`,
    `Latency mean: ${latencyUs.mean.toFixed(0)} us`,
    `Latency quantile=0.5: ${latencyUs.p50.toFixed(0)} us`,
    `Latency quantile=0.95: ${latencyUs.p95.toFixed(0)} us`,
    `Latency quantile=0.99: ${latencyUs.p99.toFixed(0)} us`,
    `Latency max: ${latencyUs.max.toFixed(0)} us`,
    ...sum === undefined ? [] : [`Sum: ${sum}`],
  ].join("\n");
}

const flags = new Flags(process.argv.slice(2), FLAGS);
const connect = await connectorOf(
  flags.text("client", "contrail"),
  flags.on("reuse_memory"),
);
if (flags.on("worker")) {
  answerStdin((args) => run(connect, new Flags(args, FLAGS)));
} else {
  for (let i = 0; i < flags.count("num_perf_runs", 1); i++) {
    console.log(report(optionsOf(flags), await run(connect, flags)));
  }
}
