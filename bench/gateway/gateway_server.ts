/**
 * A gateway, or a Flight SQL server whose every query has the same rows:
 *
 *     gateway_server.ts --backend=URI --results=direct|proxy --engine=ballista
 *     gateway_server.ts --mib=256
 *
 * @module
 */
import process from "node:process";
import { serve } from "@contrail/flight";
import { ballista, flightSqlGateway } from "@contrail/flight/gateway";
import { flightSqlService } from "@contrail/flight/sql/server";
import { Flags } from "../support/flags.ts";
import { endWithStdin } from "../support/worker.ts";
import { bytesPerRow, perfBatch } from "../transfer/perf_data.ts";

const ROWS_PER_BATCH = 32_768;
const BATCH_BYTES = ROWS_PER_BATCH * bytesPerRow("int64");

const flags = new Flags(process.argv.slice(2), [
  "backend",
  "results",
  "engine",
  "mib",
  "port",
]);

function gateway(backend: string) {
  return flightSqlGateway(backend, {
    results: flags.text("results", "proxy") as "direct" | "proxy",
    engine: flags.text("engine", undefined) === "ballista"
      ? ballista()
      : undefined,
  });
}

/** A server that sends so many MiB for each query. */
function source(mib: number) {
  const batch = perfBatch("int64", ROWS_PER_BATCH);
  const count = Math.ceil(mib * 1024 ** 2 / BATCH_BYTES);
  return flightSqlService({ query: () => Array(count).fill(batch) });
}

const backend = flags.text("backend", undefined);
const server = await serve(
  backend === undefined ? source(flags.count("mib", 256)) : gateway(backend),
  { hostname: "127.0.0.1", port: 0 },
);
console.log(`Server port: ${server.port}`);
endWithStdin();
