/** Helpers of the tests of databases. */

import { rename } from "node:fs/promises";
import { basename } from "node:path";
import type {
  DatabaseConnection,
  IngestData,
  IngestTarget,
} from "@contrail/flight/sqlite";
import {
  type DataType,
  Field,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  type Vector,
} from "apache-arrow";
import { assertFlightError } from "./rejections.ts";

/** A signal that never aborts. */
export const signal: AbortSignal = new AbortController().signal;

/** A row as arrays of values. */
export type Row = readonly unknown[];

/** Runs a statement without rows. */
export async function execute(
  connection: DatabaseConnection,
  sql: string,
  parameters?: RecordBatch,
): Promise<bigint> {
  const statement = await connection.prepare(sql, { signal });
  try {
    return await statement.execute(parameters, { signal });
  } finally {
    await statement.close();
  }
}

/**
 * Deletes rows in a transaction, and renames the file of the database to `PATH.old`: the commit fails.
 *
 * @param path The file, with a table `t`; its name is in the error.
 */
export async function loseTransaction(
  connection: DatabaseConnection,
  path: string,
): Promise<void> {
  await connection.begin();
  await execute(connection, "DELETE FROM t");
  await rename(path, `${path}.old`);
  await assertFlightError(
    (async () => await connection.commit())(),
    "NOT_FOUND",
    new RegExp(basename(path).replace(".", "\\.")),
  );
  await connection.rollback();
}

/** Writes batches into a table. */
export async function ingest(
  connection: DatabaseConnection,
  target: IngestTarget,
  data: IngestData,
): Promise<bigint> {
  return await connection.ingest(target, data, { signal });
}

/** Result of {@linkcode query}. */
export interface Result {
  readonly types: readonly string[];
  readonly rows: readonly Row[];
  readonly batches: readonly RecordBatch[];
}

/** Runs a query. Values are those of apache-arrow. */
export async function query(
  connection: DatabaseConnection,
  sql: string,
  parameters?: RecordBatch,
): Promise<Result> {
  const statement = await connection.prepare(sql, { signal });
  try {
    const batches: RecordBatch[] = [];
    for await (const batch of statement.query(parameters, { signal })) {
      batches.push(batch);
    }
    return {
      types: statement.schema!.fields.map(({ type }) => String(type)),
      rows: batches.flatMap(rowsOf),
      batches,
    };
  } finally {
    await statement.close();
  }
}

/** Rows of a batch. */
export function rowsOf(batch: RecordBatch): Row[] {
  return Array.from(
    { length: batch.numRows },
    (_, i) => batch.schema.fields.map((_, c) => batch.getChildAt(c)!.get(i)),
  );
}

/** Makes a batch of vectors. */
export function batchOf(
  columns: Readonly<Record<string, Vector>>,
): RecordBatch {
  const fields = Object.entries(columns).map(([name, { type }]) =>
    new Field(name, type as DataType, true)
  );
  const [first] = Object.values(columns);
  return new RecordBatch(
    new Schema(fields),
    makeData({
      type: new Struct(fields),
      length: first?.length ?? 0,
      nullCount: 0,
      children: Object.values(columns).map((vector) => vector.data[0]!),
    }),
  );
}
