/**
 * The ADBC driver of Flight SQL with a server of ours, over SQLite and over DuckDB, with users, tokens and
 * sessions.
 *
 * @module
 */
import { adbcCases } from "../drivers/driver_cases.ts";
import type { Options } from "../options.ts";
import { ADBC_VERSION, findAdbc } from "../programs/python.ts";
import {
  driverServer,
  ENGINE_NAMES,
  findEngines,
} from "../programs/engines.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import type { Column, Missing, Part } from "./part.ts";

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
            adbcCases(adbc.python, {
              server: [...driverServer(program, engine), transport],
              engine,
            }, filter),
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
