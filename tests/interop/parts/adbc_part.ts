/**
 * The ADBC driver of Flight SQL with a server of ours, over SQLite and over DuckDB, with users, tokens and
 * sessions.
 *
 * @module
 */
import type { TransportName } from "../../support/transport_named.ts";
import type { Options } from "../options.ts";
import { ADBC_VERSION, findAdbc } from "../programs/python.ts";
import {
  driverServer,
  type Engine,
  ENGINE_NAMES,
  findEngines,
} from "../programs/engines.ts";
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
  const missing: Missing[] = [];
  for (const runtime of runtimes) {
    const program = await programOf(runtime);
    const { engines, problem } = await findEngines(program);
    if (problem !== undefined) {
      const what = `ADBC with DuckDB on ${RUNTIME_NAMES[runtime]}`;
      missing.push({ what, problem });
    }
    for (const transport of transports) {
      // A call of many batches stops for good in one of ten runs: Bun does not resume a stream whose window
      // the driver's gRPC in Go raises in mid-stream (docs/runtimes.md).
      if (runtime === "bun" && transport === "grpc-js") continue;
      const via = transport === "http2" ? "" : `, ${transport}`;
      for (const engine of engines) {
        columns.push({
          title: `${RUNTIME_NAMES[runtime]}, ${ENGINE_NAMES[engine]}${via}`,
          run: (filter) =>
            runCases(
              { python: adbc.python, program, engine, transport },
              filter,
            ),
        });
      }
    }
  }
  return {
    columns,
    missing,
    tables: [TABLE],
    place: (name) => ({ table: TABLE, row: name, operation: "" }),
  };
}

/** Both sides of a run. */
interface Run {
  /** The Python that has the driver. */
  readonly python: string;
  /** The command that runs a file on a runtime of ours. */
  readonly program: readonly string[];
  readonly engine: Engine;
  readonly transport: TransportName;
}

/** One server and one client for all cases. */
async function* runCases(
  { python, program, engine, transport }: Run,
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = new Peer([
    ...driverServer(program, engine),
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
    engine,
    filter,
  ]);
  yield* reportedCases(client, server);
}
