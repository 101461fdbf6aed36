/**
 * The ADBC driver of Flight SQL with a server of ours: SQLite in memory, with
 * users, tokens and sessions.
 *
 * @module
 */
import type { TransportName } from "../../support/transport_named.ts";
import type { Options } from "../options.ts";
import { ADBC_VERSION, findAdbc } from "../programs/python.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import { CASE_TIMEOUT_MS, reportedCases } from "../programs/reported_cases.ts";
import type { Column, Missing, Outcome, Part } from "./part.ts";

const TABLE = "ADBC with our Flight SQL server";

/** Makes the part. */
export async function adbcPart(
  { runtimes, transports }: Options,
): Promise<Part | Missing> {
  const adbc = await findAdbc();
  if ("problem" in adbc) {
    return {
      what: `adbc-driver-flightsql ${ADBC_VERSION}, ` +
        "and with it every test of our Flight SQL server with it,",
      problem: adbc.problem,
    };
  }
  const columns: Column[] = [];
  for (const runtime of runtimes) {
    const program = await programOf(runtime);
    for (const transport of transports) {
      // A call of many batches stops for good in one of ten runs: Bun does not resume a stream whose window
      // the driver's gRPC in Go raises in mid-stream (docs/runtimes.md).
      if (runtime === "bun" && transport === "grpc-js") continue;
      const via = transport === "http2" ? "" : `, ${transport}`;
      columns.push({
        title: `${RUNTIME_NAMES[runtime]}${via}`,
        run: (filter) => runCases(adbc.python, program, transport, filter),
      });
    }
  }
  return {
    columns,
    tables: [TABLE],
    place: (name) => ({ table: TABLE, row: name, operation: "" }),
  };
}

/** One server and one client for all cases. */
async function* runCases(
  python: string,
  program: readonly string[],
  transport: TransportName,
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = new Peer([
    ...program,
    interopFile("sql/driver_server.ts"),
    transport,
  ]);
  const port = await server.port();
  const token = await server.line(CASE_TIMEOUT_MS);
  if (typeof token === "string") {
    throw new Error(`the server: no token\n${server.log}`);
  }
  await using client = new Peer([
    python,
    interopFile("python/adbc_cases.py"),
    port,
    token.line,
    filter,
  ]);
  yield* reportedCases(client, server);
}
