/** The tables of a database over plain Flight. */

import {
  type FlightDataItem,
  FlightError,
  type FlightStream,
} from "@contrail/flight/server";
import type {
  DatabaseAdapter,
  DatabaseConnection,
  SqlTable,
} from "@contrail/flight/sqlite";
import type { DataSet, DataSource } from "./data_source.ts";

/** Default names of schemas, which the names of tables leave out. */
const DEFAULTS = new Set(["main", "memory", ""]);

/** Options of {@linkcode databaseSource}. */
interface DatabaseSourceOptions {
  /** True if uploads become tables. */
  readonly readWrite: boolean;
  /** Names of tables that another source offers. */
  readonly except: ReadonlySet<string>;
}

/**
 * Offers the tables and views of a database.
 *
 * @param adapter The database. It is closed by its owner.
 * @param options Uploads and exceptions.
 */
export function databaseSource(
  adapter: DatabaseAdapter,
  { readWrite, except }: DatabaseSourceOptions,
): DataSource {
  const source: DataSource = {
    async *list() {
      await using connection = await connect(adapter);
      for await (const table of connection.tables({ includeSchema: true })) {
        // They can be read, and are of interest to few.
        const isSystem = /^SYSTEM/i.test(table.type);
        if (!isSystem && !except.has(table.name)) yield dataSetOf(table);
      }
    },
    async find(name) {
      await using connection = await connect(adapter);
      const table = await findTable(connection, name);
      return table && dataSetOf(table);
    },
    async read(name, signal) {
      const connection = await connect(adapter);
      const table = await findTable(connection, name).catch(async (error) => {
        await connection.close();
        throw error;
      });
      if (table !== undefined) return rowsOf(connection, table, signal);
      await connection.close();
      return undefined;
    },
  };
  if (!readWrite) return source;
  return {
    ...source,
    async put(name, upload, signal) {
      await using connection = await connect(adapter);
      await ingest(connection, name, upload, signal);
    },
  };
}

async function connect(
  adapter: DatabaseAdapter,
): Promise<DatabaseConnection & AsyncDisposable> {
  const connection = await adapter.connect();
  return Object.assign(connection, {
    [Symbol.asyncDispose]: async () => await connection.close(),
  });
}

/** A table that exists is left alone: to replace it by accident would be worse than an error. */
async function ingest(
  connection: DatabaseConnection,
  name: string,
  upload: FlightStream,
  signal: AbortSignal,
): Promise<void> {
  const schema = await upload.schema;
  await connection.ingest(
    { table: name, ifNotExist: "CREATE", ifExists: "FAIL" },
    { schema, batches: upload },
    { signal },
  );
}

async function* rowsOf(
  connection: DatabaseConnection,
  { catalog, schema, name }: SqlTable,
  signal: AbortSignal,
): AsyncGenerator<FlightDataItem> {
  try {
    const parts = [catalog, schema, name].filter((part) => part !== undefined);
    const table = parts.map((part) => `"${part.replaceAll('"', '""')}"`);
    const statement = await connection.prepare(
      `SELECT * FROM ${table.join(".")}`,
      { signal },
    );
    if (statement.schema === undefined) {
      throw new FlightError("INTERNAL", "the table has no columns");
    }
    yield { schema: statement.schema };
    yield* statement.query(undefined, { signal });
  } finally {
    await connection.close();
  }
}

async function findTable(
  connection: DatabaseConnection,
  name: string,
): Promise<SqlTable | undefined> {
  for await (const table of connection.tables({ includeSchema: true })) {
    if (nameOf(table) === name) return table;
  }
  return undefined;
}

function dataSetOf(table: SqlTable): DataSet {
  return { name: nameOf(table), schema: table.tableSchema! };
}

function nameOf({ schema, name }: SqlTable): string {
  return DEFAULTS.has(schema ?? "") ? name : `${schema}.${name}`;
}
