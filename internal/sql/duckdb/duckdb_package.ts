/** The package of DuckDB, which the application installs. */

import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { FlightError } from "../../core/flight_error.ts";
import type { DuckDBInstanceLike } from "./native.ts";

/** The part of the package that opens databases. */
interface DuckdbPackage {
  readonly DuckDBInstance: {
    create(
      path: string,
      config: Record<string, string>,
    ): Promise<DuckDBInstanceLike>;
  };
}

/** By a name that is not in the text of an import, so that nothing looks for the package before it is needed. */
const NAME = "@duckdb/node-api";

/**
 * Loads the package, as this package or the working directory finds it.
 *
 * @param path The database that needs it.
 * @throws {FlightError} FAILED_PRECONDITION when neither does.
 */
export async function loadDuckdb(path: string): Promise<DuckdbPackage> {
  let missing: unknown;
  try {
    return await import(NAME) as DuckdbPackage;
  } catch (error) {
    missing = error;
  }
  try {
    // A program that Deno runs has no packages of its own, but its folder may have.
    const require = createRequire(join(process.cwd(), "package.json"));
    return require(NAME) as DuckdbPackage;
  } catch {
    throw new FlightError(
      "FAILED_PRECONDITION",
      `Cannot open ${path}: the package ${NAME} cannot be loaded; install it, or give duckdb() an instance of its DuckDBInstance`,
      { cause: missing },
    );
  }
}
