/** DuckDB, where the user has installed it. */

import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { UsageError } from "../exit_code.ts";

/** The package. */
const PACKAGE = "@duckdb/node-api";

/** The part of the package that is used here. */
interface DuckdbPackage {
  readonly DuckDBInstance: {
    create(
      path: string,
      options?: Record<string, string>,
    ): Promise<DuckdbInstance>;
  };
}

/** An open database. */
export interface DuckdbInstance {
  connect(): Promise<DuckdbConnection>;
  closeSync(): void;
}

/** A connection to it. */
export interface DuckdbConnection {
  run(sql: string): Promise<unknown>;
  closeSync(): void;
}

/**
 * Loads the package from the `node_modules` of the working directory, or of this program.
 *
 * @param path The file that needs it.
 * @param folder The working directory.
 * @throws {UsageError} When it is not installed.
 */
export function loadDuckdb(
  path: string,
  folder: string = process.cwd(),
): DuckdbPackage {
  const places = [
    pathToFileURL(join(folder, "package.json")),
    import.meta.url,
  ];
  for (const place of places) {
    const require = createRequire(place);
    let file: string;
    try {
      file = require.resolve(PACKAGE);
    } catch {
      continue;
    }
    return require(file) as DuckdbPackage;
  }
  throw new UsageError(
    `${path} needs DuckDB, which is not installed: run \`npm install ${PACKAGE}\` in this folder`,
  );
}
