/** Databases of DuckDB, and those that it makes of Parquet and CSV files. */

import { resolve } from "node:path";
import {
  type DatabaseAdapter,
  duckdb,
  type DuckDBInstanceLike,
} from "@contrail/flight/duckdb";
import { UsageError } from "../exit_code.ts";
import { CopiedTables } from "./copied_tables.ts";
import {
  type DuckdbConnection,
  type DuckdbInstance,
  loadDuckdb,
} from "./duckdb_package.ts";
import { FILES_HINT, READ_ONLY_HINT } from "./read_only.ts";

/** Opens a database file of DuckDB. */
export async function duckdbDatabase(
  path: string,
  { readWrite }: { readonly readWrite: boolean },
): Promise<DatabaseAdapter> {
  const instance = await openInstance(path, path, {
    access_mode: readWrite ? "READ_WRITE" : "READ_ONLY",
  });
  return adapterOf(instance, {
    readOnly: !readWrite,
    readOnlyHint: READ_ONLY_HINT,
  });
}

/**
 * Makes a database in memory whose views read Parquet and CSV files; Arrow files are tables.
 *
 * @param tables The Parquet and CSV files by the names of their views.
 * @param arrow The Arrow files by the names of their tables.
 */
export async function tableFilesDatabase(
  tables: ReadonlyMap<string, string>,
  arrow: ReadonlyMap<string, string>,
): Promise<DatabaseAdapter> {
  const [first] = tables.values();
  const instance = await openInstance(first!, ":memory:");
  try {
    await createViews(instance, tables);
    // The last adapter locks the configuration, and opens no other files.
    const access = { readOnly: false, externalAccess: true };
    const writable = duckdb(like(instance), access);
    const copies = await CopiedTables.create(writable, arrow);
    const adapter = adapterOf(instance, {
      readOnly: true,
      readOnlyHint: FILES_HINT,
    });
    return {
      info: adapter.info,
      connect: async () => copies.awaited(await adapter.connect()),
      async close() {
        await copies.close();
        await adapter.close();
      },
    };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

async function createViews(
  instance: DuckdbInstance,
  tables: ReadonlyMap<string, string>,
): Promise<void> {
  const connection: DuckdbConnection = await instance.connect();
  try {
    const paths = [...tables.values()].map((path) => quoted(resolve(path)));
    await connection.run(`SET allowed_paths = [${paths.join(", ")}]`);
    for (const [name, path] of tables) {
      const read = /\.[ct]sv(?:\.gz)?$/i.test(path)
        ? "read_csv"
        : "read_parquet";
      const view = `"${name.replaceAll('"', '""')}"`;
      const file = quoted(resolve(path));
      await connection.run(
        `CREATE VIEW ${view} AS SELECT * FROM ${read}(${file})`,
      ).catch((error) => {
        throw new UsageError(`cannot read ${path}: ${messageOf(error)}`);
      });
    }
  } finally {
    connection.closeSync();
  }
}

async function openInstance(
  file: string,
  path: string,
  options?: Record<string, string>,
): Promise<DuckdbInstance> {
  const { DuckDBInstance } = loadDuckdb(file);
  try {
    return await DuckDBInstance.create(path, options);
  } catch (error) {
    throw new UsageError(`cannot open ${path}: ${messageOf(error)}`);
  }
}

/** The adapter leaves the instance open, which is the program's own. */
function adapterOf(
  instance: DuckdbInstance,
  options: { readonly readOnly: boolean; readonly readOnlyHint: string },
): DatabaseAdapter {
  const adapter = duckdb(like(instance), options);
  return {
    info: adapter.info,
    connect: () => adapter.connect(),
    async close() {
      await adapter.close();
      instance.closeSync();
    },
  };
}

function like(instance: DuckdbInstance): DuckDBInstanceLike {
  return instance as unknown as DuckDBInstanceLike;
}

/** A text in SQL. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The first line: others show the place in a statement that the user has not written. */
function messageOf(error: unknown): string {
  return String((error as Error).message).split("\n")[0]!;
}
