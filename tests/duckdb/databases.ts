/** Helpers of the tests of DuckDB. */

import type { DatabaseConnection } from "@contrail/flight/duckdb";
import type { RecordBatch } from "apache-arrow";
import { query } from "../support/databases.ts";
import { duckdb, type DuckdbOptions } from "@contrail/flight/duckdb";
import { api } from "./duckdb_package.ts";

/** Runs something with a new database in memory, which may be written, and a connection to it. */
export async function withDatabase(
  use: (connection: DatabaseConnection) => Promise<void>,
  options: DuckdbOptions = {},
): Promise<void> {
  const instance = await api.DuckDBInstance.create(":memory:");
  const adapter = duckdb(instance, { readOnly: false, ...options });
  try {
    await use(await adapter.connect());
  } finally {
    await adapter.close();
    instance.closeSync();
  }
}

/** Creates a table that must not exist. */
export const CREATE = { ifNotExist: "CREATE", ifExists: "FAIL" } as const;

/** What an ingest writes. */
export function dataOf(...batches: RecordBatch[]) {
  async function* stream() {
    yield* batches;
  }
  return { schema: batches[0]!.schema, batches: stream() };
}

/** Rows of a query. */
export async function rows(
  connection: DatabaseConnection,
  sql: string,
  parameters?: RecordBatch,
) {
  return (await query(connection, sql, parameters)).rows;
}

/** Rows, lists and maps of apache-arrow as plain objects. */
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array || value instanceof Int32Array) return value;
  if (Symbol.iterator in value && !("toJSON" in value && !("get" in value))) {
    const items = [...value as Iterable<unknown>];
    const isPairs = "toJSON" in value && !Array.isArray(value) &&
      items.every(Array.isArray);
    return isPairs && items.length > 0
      ? Object.fromEntries(
        (items as [string, unknown][]).map(([k, v]) => [k, plain(v)]),
      )
      : items.map(plain);
  }
  const object = "toJSON" in value ? (value.toJSON as () => object)() : value;
  return Object.fromEntries(
    Object.entries(object).map(([k, v]) => [k, plain(v)]),
  );
}

/** The raw values of a column of a batch. */
export function raw(batch: RecordBatch, column: number): unknown[] {
  return [...batch.getChildAt(column)!.data[0]!.values];
}
