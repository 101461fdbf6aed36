/** Arrow files as tables of a database, so that they can be queried. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type DatabaseAdapter, sqlite } from "@contrail/flight/sqlite";
import { fileError, openArrowFile } from "../files/arrow_file.ts";
import { plainText } from "../output/plain_text.ts";
import { FILES_HINT } from "./read_only.ts";

/**
 * Makes a database of Arrow files: a SQLite file in a temporary folder. They are copied into it by the first
 * connection, so a server that no one queries costs nothing.
 *
 * @param files The files by name.
 */
export async function arrowDatabase(
  files: ReadonlyMap<string, string>,
): Promise<DatabaseAdapter> {
  const folder = await mkdtemp(join(tmpdir(), "flight_serve_"));
  const path = join(folder, "arrow.sqlite");
  const adapter = sqlite(path, { readOnly: true, readOnlyHint: FILES_HINT });
  let loading: Promise<void> | undefined;
  return {
    info: adapter.info,
    async connect() {
      await (loading ??= loadFiles(path, files));
      return await adapter.connect();
    },
    async close() {
      await adapter.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function loadFiles(
  path: string,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  const adapter = sqlite(path, { readOnly: false, wal: false });
  try {
    // A file without a table is a database too.
    const connection = await adapter.connect();
    for (const [table, file] of files) {
      try {
        await ingestFile(adapter, table, file);
      } catch (error) {
        const { message } = fileError(file, error) as Error;
        process.stderr.write(
          `flight: no table ${plainText(table)}: ${plainText(message)}\n`,
        );
      }
    }
    await connection.close();
  } finally {
    await adapter.close();
  }
}

/** Copies a file into a table. */
export async function ingestFile(
  adapter: DatabaseAdapter,
  table: string,
  path: string,
): Promise<void> {
  await using file = await openArrowFile(path);
  const connection = await adapter.connect();
  try {
    await connection.ingest(
      { table, ifNotExist: "CREATE", ifExists: "FAIL" },
      { schema: await file.batches.schema, batches: file.batches },
      { signal: new AbortController().signal },
    );
  } finally {
    await connection.close();
  }
}
