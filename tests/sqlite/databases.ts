/** Helpers of the tests of SQLite. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordBatch } from "apache-arrow";
import {
  type DatabaseConnection,
  sqlite,
  type SqliteOptions,
} from "@contrail/flight/sqlite";

export * from "../support/databases.ts";

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

/** The raw values of a column. Rows that come slowly are in batches of their own. */
export function rawValues(
  batches: readonly RecordBatch[],
  column: number,
): unknown[] {
  return batches.flatMap((batch) => [
    ...batch.getChildAt(column)!.data[0]!.values.slice(0, batch.numRows),
  ]);
}
