/** Kinds of files that can be served. */

import { open } from "node:fs/promises";
import { UsageError } from "../exit_code.ts";
import { unreadable } from "../files/arrow_file.ts";

/** Kind of a file. */
export type FileKind = "arrow" | "sqlite" | "duckdb" | "parquet" | "csv";

/** Number of bytes that tell the kind. */
const HEAD_BYTES = 16;

/**
 * Finds out what a file is: by its first bytes, else by its name.
 *
 * @param path The file.
 * @throws {UsageError} When there is no such file, or it is of another kind.
 */
export async function kindOf(path: string): Promise<FileKind> {
  const head = await headOf(path);
  const text = new TextDecoder("latin1").decode(head);
  if (text === "SQLite format 3\0") return "sqlite";
  if (text.slice(8, 12) === "DUCK") return "duckdb";
  if (text.startsWith("ARROW1") || text.startsWith("\xff\xff\xff\xff")) {
    return "arrow";
  }
  if (text.startsWith("PAR1")) return "parquet";
  if (/\.(?:csv|tsv)(?:\.gz)?$/i.test(path)) return "csv";
  // SQLite makes an empty file of a new database.
  if (head.length === 0 && /\.(?:db|sqlite3?)$/i.test(path)) return "sqlite";
  throw new UsageError(
    `cannot serve ${path}: it is no Arrow IPC file, no SQLite or DuckDB database, no Parquet file, and no .csv`,
  );
}

async function headOf(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(
      new Uint8Array(HEAD_BYTES),
      0,
      HEAD_BYTES,
      0,
    );
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR") {
      throw new UsageError(`cannot serve ${path}: it is a directory`);
    }
    throw unreadable(path, error);
  }
}
