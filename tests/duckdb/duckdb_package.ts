/**
 * The package of DuckDB for the tests. It is no dependency of this package, so the tests are skipped where it
 * cannot be installed.
 */

import type { DuckDBInstanceLike } from "@contrail/flight/duckdb";
import { installPackage, packageFolder } from "../../tools/install_package.ts";

const VERSION = "1.5.6-r.1";

/** The part of the package that the tests use. */
export interface DuckdbPackage {
  readonly DuckDBInstance: {
    create(
      path?: string,
      config?: Record<string, string>,
    ): Promise<DuckDBInstanceLike>;
  };
}

/** Folder that the package is installed into. */
export const DUCKDB_FOLDER: URL = packageFolder("duckdb");

/** The package, and why there is none. */
export const { api, skip }: {
  readonly api: DuckdbPackage;
  readonly skip: string | false;
} = await installPackage("@duckdb/node-api", VERSION, "duckdb").then(
  (api) => ({ api: api as DuckdbPackage, skip: false as const }),
  (error) => {
    const skip = `DuckDB cannot be installed: ${error}`;
    console.error(`SKIPPED: ${skip}`);
    return { api: undefined as never, skip };
  },
);
