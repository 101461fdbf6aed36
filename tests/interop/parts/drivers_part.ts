/**
 * Drivers for databases that speak Flight SQL, with a server of ours over SQLite and over DuckDB.
 *
 * @module
 */
import type { DriverName, FoundDriver } from "../drivers/drivers.ts";
import { DRIVERS } from "../drivers/drivers.ts";
import type { Options } from "../options.ts";
import {
  driverServer,
  type Engine,
  ENGINE_NAMES,
  findEngines,
} from "../programs/engines.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import { runSuite } from "../pyarrow/suite.ts";
import { runCommand } from "../../../tools/run_command.ts";
import type { Column, Missing, Outcome, Part } from "./part.ts";

const TABLE_PREFIX = "Our Flight SQL server with ";

/** Longest time for a driver to start and to list its cases. */
const LIST_TIMEOUT_MS = 60_000;

/** Makes the part of one driver. */
export async function driverPart(
  name: DriverName,
  { runtimes }: Options,
): Promise<Part | Missing> {
  const driver = DRIVERS[name];
  const found = await driver.find();
  if ("problem" in found) {
    return {
      what: `${driver.title}, and with it every test of our server with it,`,
      problem: found.problem,
    };
  }
  const columns: Column[] = [];
  const missing: Missing[] = [];
  for (const runtime of runtimes) {
    const program = await programOf(runtime);
    const { engines, problem } = await findEngines(program);
    const title = RUNTIME_NAMES[runtime];
    if (problem !== undefined) {
      missing.push({ what: `${name} with DuckDB on ${title}`, problem });
    }
    for (const engine of engines) {
      columns.push({
        title: `${title}, ${ENGINE_NAMES[engine]}`,
        run: (filter) => runCases(found, program, engine, filter),
      });
    }
  }
  const table = TABLE_PREFIX + driver.title;
  return {
    columns,
    missing,
    tables: [table],
    place: (row) => ({ table, row, operation: "" }),
  };
}

async function* runCases(
  { client }: FoundDriver,
  program: readonly string[],
  engine: Engine,
  filter: string,
): AsyncGenerator<Outcome> {
  const { success, output } = await runCommand(
    [...client, "list"],
    LIST_TIMEOUT_MS,
  );
  const list = output.split("\n").find((line) => line.startsWith("["));
  if (!success || list === undefined) throw new Error(output);
  const names = (JSON.parse(list) as string[])
    .filter((name) => name.includes(filter));
  yield* runSuite({
    server: driverServer(program, engine),
    client: [...client, "run", engine],
  }, names);
}
