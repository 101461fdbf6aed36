/**
 * A client that reads the result of a query. Each line of its standard input is
 * an array of arguments, and answered by a line of JSON:
 *
 *     --server_port=PORT --query=SQL
 *
 * @module
 */
import { connectSql, type FlightSqlClient } from "@contrail/flight/sql/client";
import { Flags } from "../support/flags.ts";
import { answerStdin } from "../support/worker.ts";

/** Result of a run. */
export interface ReadResult {
  readonly rows: number;
  /** Bytes of the columns. */
  readonly bytes: number;
  /** Duration, the query included. */
  readonly seconds: number;
}

const clients = new Map<number, FlightSqlClient>();

function clientOf(port: number): FlightSqlClient {
  let client = clients.get(port);
  if (client === undefined) {
    client = connectSql(`grpc://127.0.0.1:${port}`);
    clients.set(port, client);
  }
  return client;
}

async function run(flags: Flags): Promise<ReadResult> {
  const client = clientOf(flags.count("server_port", 0));
  const query = flags.text("query", "SELECT 1");
  const start = performance.now();
  let rows = 0;
  let bytes = 0;
  for await (const batch of client.query(query).batches()) {
    rows += batch.numRows;
    bytes += batch.data.byteLength;
  }
  return { rows, bytes, seconds: (performance.now() - start) / 1000 };
}

answerStdin((args) => run(new Flags(args, ["server_port", "query"])));
