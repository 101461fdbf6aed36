/**
 * The package of DuckDB for the tests. It is no dependency of this package, so it is installed into a folder of
 * its own, one for each runtime, and the tests are skipped where that fails.
 */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { DuckDBInstanceLike } from "@contrail/flight/duckdb";

const VERSION = "1.5.6-r.1";
const INSTALL_TIMEOUT_MS = 5 * 60_000;

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
export const DUCKDB_FOLDER: URL = new URL(
  `../../.cache/duckdb-${process.versions.bun ? "bun" : "deno"}/`,
  import.meta.url,
);

async function load(): Promise<DuckdbPackage> {
  const folder = DUCKDB_FOLDER;
  const require = createRequire(new URL("package.json", folder));
  const name = "@duckdb/node-api";
  // Not by trying: Bun remembers that a package was missing.
  if (!existsSync(new URL(`node_modules/${name}/package.json`, folder))) {
    await mkdir(folder, { recursive: true });
    const manifest = { private: true, dependencies: { [name]: VERSION } };
    await writeFile(new URL("package.json", folder), JSON.stringify(manifest));
    const config = { nodeModulesDir: "auto", lock: false };
    await writeFile(new URL("deno.json", folder), JSON.stringify(config));
    await promisify(execFile)(process.execPath, ["install"], {
      cwd: fileURLToPath(folder),
      timeout: INSTALL_TIMEOUT_MS,
    });
  }
  return require(name) as DuckdbPackage;
}

/** The package, and why there is none. */
export const { api, skip }: {
  readonly api: DuckdbPackage;
  readonly skip: string | false;
} = await load().then(
  (api) => ({ api, skip: false as const }),
  (error) => {
    const skip = `DuckDB cannot be installed: ${error}`;
    console.error(`SKIPPED: ${skip}`);
    return { api: undefined as never, skip };
  },
);
