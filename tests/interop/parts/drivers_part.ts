/**
 * Drivers for databases that speak Flight SQL, with a server of ours over SQLite and over DuckDB.
 *
 * @module
 */
import { driverCases } from "../drivers/driver_cases.ts";
import { type DriverName, DRIVERS } from "../drivers/drivers.ts";
import type { Options } from "../options.ts";
import {
  driverServer,
  ENGINE_NAMES,
  findEngines,
} from "../programs/engines.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import type { Column, Missing, Part } from "./part.ts";

const TABLE_PREFIX = "Our Flight SQL server with ";

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
        run: (filter) =>
          driverCases(
            found,
            { server: driverServer(program, engine), engine },
            filter,
          ),
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
