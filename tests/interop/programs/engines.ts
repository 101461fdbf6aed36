/**
 * The engines behind our Flight SQL server.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";
import { interopFile } from "./paths.ts";

/** An engine. */
export type Engine = "sqlite" | "duckdb";

/** Names of the engines for humans. */
export const ENGINE_NAMES: Readonly<Record<Engine, string>> = {
  sqlite: "SQLite",
  duckdb: "DuckDB",
};

/** Downloads DuckDB the first time. */
const START_TIMEOUT_MS = 5 * 60_000;

/** Engines that a runtime has, and why it lacks the others. */
export interface FoundEngines {
  readonly engines: readonly Engine[];
  /** Why there is no DuckDB. */
  readonly problem?: string;
}

/** The command that starts the server for drivers. */
export function driverServer(
  program: readonly string[],
  engine: Engine,
): readonly string[] {
  return [...program, interopFile("sql/driver_server.ts"), engine];
}

/** Finds the engines of a runtime, and installs DuckDB where it is missing. */
export async function findEngines(
  program: readonly string[],
): Promise<FoundEngines> {
  // It has no input, and so it ends as soon as it serves.
  const { success, output } = await runCommand(
    driverServer(program, "duckdb"),
    START_TIMEOUT_MS,
  );
  if (success) return { engines: ["sqlite", "duckdb"] };
  const problem = /DuckDB cannot be installed: .*/.exec(output)?.[0] ?? output;
  return { engines: ["sqlite"], problem };
}
