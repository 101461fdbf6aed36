/**
 * Runs the cases of a gateway in front of Ballista, on any runtime:
 *
 *     ballista_client.ts PROGRAM [CASE [DRIVERS]]
 *
 * PROGRAM is the scheduler and the executor; DRIVERS are the commands of ADBC and JDBC, in JSON. Prints a line of JSON for each case: its name, its error if it
 * failed, and a note.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Cluster } from "../../../examples/cluster/cluster.ts";
import { printCase } from "../programs/print_case.ts";
import { BALLISTA_CASES, driverCases } from "./ballista_cases.ts";
import type { DriverCommands } from "./driver_program.ts";
import { Tables } from "./ballista_data.ts";

const [program = "", filter = "", commands = "{}"] = process.argv.slice(2);
const drivers: DriverCommands = JSON.parse(commands);
// The others kill processes in the end.
const cases = { ...driverCases(drivers), ...BALLISTA_CASES };
const folder = await mkdtemp(join(tmpdir(), "flight-ballista-"));
try {
  await using tables = await Tables.write(folder);
  await using cluster = await Cluster.start(program, 2, folder);
  for (const [name, run] of Object.entries(cases)) {
    if (!name.includes(filter)) continue;
    await printCase(name, () => run({ cluster, tables, drivers }));
  }
} finally {
  await rm(folder, { recursive: true });
}
