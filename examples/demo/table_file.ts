/**
 * Reads Arrow IPC files and streams, and explains why others cannot be read.
 */

import { readFile } from "node:fs/promises";
import { decodeSchema, FlightError } from "@contrail/flight";
import { type Table, tableFromIPC } from "apache-arrow";

/** Mistake of the user; its message is all that is shown. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** First and last bytes of a file; a stream has no such mark. */
const MAGIC = "ARROW1";

/**
 * Reads the table in an Arrow IPC file or stream.
 *
 * @throws {InputError} When there is none.
 */
export async function readTable(path: string): Promise<Table> {
  const bytes = await readBytes(path);
  const problem = problemOf(bytes);
  if (problem !== undefined) throw new InputError(`${path} ${problem}`);
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    const { message } = error as Error;
    const problem = /codec not found/.test(message)
      ? "is compressed, which apache-arrow cannot read by itself"
      : `cannot be read: ${message}`;
    throw new InputError(`${path} ${problem}`);
  }
}

/** Finds faults that apache-arrow would not notice, or not explain. */
function problemOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "is empty";
  if (isMagic(bytes.subarray(0, MAGIC.length))) {
    return isMagic(bytes.subarray(-MAGIC.length))
      ? undefined
      : `is truncated: it does not end with ${MAGIC}`;
  }
  try {
    // A stream begins with its schema, and other files with something else.
    decodeSchema(bytes);
    return undefined;
  } catch (error) {
    if (FlightError.is(error) && error.code === "UNIMPLEMENTED") {
      return `cannot be read: ${error.details}`;
    }
    return bytes.subarray(0, 4).every((byte) => byte === 0xff)
      ? "is truncated or damaged: its schema cannot be read"
      : "is not an Arrow IPC file or stream";
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InputError(
      code === "ENOENT"
        ? `${path} does not exist`
        : code === "EISDIR"
        ? `${path} is a directory`
        : `cannot read ${path}: ${message}`,
    );
  }
}

function isMagic(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes) === MAGIC;
}
