/**
 * A gateway, or a Flight SQL server whose every query has the same rows:
 *
 *     gateway_server.ts --backend=URI --results=direct|proxy --engine=ballista
 *     gateway_server.ts --mib=256
 *
 * @module
 */
import { Int64, makeData, RecordBatch, Struct } from "apache-arrow";
import process from "node:process";
import { serve } from "@contrail/flight";
import { ballista, flightSqlGateway } from "@contrail/flight/gateway";
import { flightSqlService } from "@contrail/flight/sql/server";
import { Flags } from "../support/flags.ts";
import { endWithStdin } from "../support/worker.ts";

const COLUMNS = ["id", "amount", "price", "time"];
const ROWS_PER_BATCH = 32_768;
const BATCH_BYTES = COLUMNS.length * ROWS_PER_BATCH * 8;

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
  const columns = COLUMNS.map(() =>
    makeData({
      type: new Int64(),
      data: BigInt64Array.from({ length: ROWS_PER_BATCH }, (_, i) => BigInt(i)),
    })
  );
  const plain = new RecordBatch(
    Object.fromEntries(COLUMNS.map((name, i) => [name, columns[i]!])),
  );
  const batch = new RecordBatch(
    plain.schema,
    makeData({
      type: new Struct(plain.schema.fields),
      length: ROWS_PER_BATCH,
      children: columns,
    }),
  );
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
