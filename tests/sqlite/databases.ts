/** Helpers of the tests of SQLite. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DatabaseConnection,
  type IngestData,
  type IngestTarget,
  sqlite,
  type SqliteOptions,
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

/** A signal that never aborts. */
export const signal: AbortSignal = new AbortController().signal;

/** A row as arrays of values. */
export type Row = readonly unknown[];

/** Runs something with a new database and a connection to it. */
export async function withDatabase(
  use: (connection: DatabaseConnection) => Promise<void>,
  options: SqliteOptions = {},
): Promise<void> {
  const adapter = sqlite(":memory:", options);
  try {
    await use(await adapter.connect());
  } finally {
    await adapter.close();
  }
}

/** Runs something with a folder, and the path of a file in it. */
export async function withFolder(
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "flight-sqlite-test-"));
  try {
    await use(join(folder, "test.db"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

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
