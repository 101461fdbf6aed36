/** Files with random access. */

import type { ByteReader } from "../../base/byte_reader.ts";
import { concatBytes } from "../../base/bytes.ts";
import { FlightError } from "../../core/flight_error.ts";

/** Bytes of a file. */
export interface FileBytes {
  /** Number of bytes. */
  readonly byteLength: number;
  /**
   * Reads a part. At most one read may be pending.
   *
   * @param begin Its first byte; it is inside the file.
   * @param end Position after its last byte.
   * @param ahead Hint: the position after the parts that will be read next, in this order.
   * @returns Exactly these bytes.
   */
  read(begin: number, end: number, ahead: number): Promise<Uint8Array>;
  /** Signals that nothing more will be read, as for a source. */
  cancel(reason: unknown): void;
}

/** Size of an allocation for small chunks, in bytes. */
const BLOCK_BYTES = 1024 * 1024;

/**
 * Reads a file to its end.
 *
 * @param begin The part that was read already.
 * @param rest The rest.
 * @param maxBytes Most bytes that it may have.
 * @throws {FlightError} RESOURCE_EXHAUSTED when it has more.
 */
export async function wholeFile(
  begin: Uint8Array,
  rest: ByteReader,
  maxBytes: number,
): Promise<FileBytes> {
  const blocks: Uint8Array[] = [];
  let byteLength = 0;
  for (
    let chunk: Uint8Array | undefined = begin;
    chunk !== undefined;
    chunk = await rest.chunk()
  ) {
    if (byteLength + chunk.byteLength > maxBytes) throw tooLarge(maxBytes);
    for (let at = 0; at < chunk.byteLength;) {
      const used = byteLength % BLOCK_BYTES;
      if (used === 0) blocks.push(new Uint8Array(BLOCK_BYTES));
      const part = chunk.subarray(at, at + BLOCK_BYTES - used);
      blocks.at(-1)!.set(part, used);
      at += part.byteLength;
      byteLength += part.byteLength;
    }
  }
  // Reads return views, and a view holds all of its memory.
  const last = blocks.pop();
  const used = byteLength - blocks.length * BLOCK_BYTES;
  if (last !== undefined) blocks.push(last.slice(0, used));
  return {
    byteLength,
    read: (begin, end) => Promise.resolve(partOf(blocks, begin, end)),
    cancel: () => void blocks.splice(0),
  };
}

/** Makes the error of a file that would take too much memory. */
function tooLarge(maxBytes: number): FlightError {
  return new FlightError(
    "RESOURCE_EXHAUSTED",
    `the file has more than ${maxBytes} bytes (option maxFileBytes), and can ` +
      "only be read as a whole: there are no ranges of it",
  );
}

function partOf(
  blocks: readonly Uint8Array[],
  begin: number,
  end: number,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = begin; at < end;) {
    const offset = at % BLOCK_BYTES;
    const block = blocks[Math.floor(at / BLOCK_BYTES)] ?? new Uint8Array();
    const part = block.subarray(offset, offset + end - at);
    if (part.byteLength === 0) break;
    parts.push(part);
    at += part.byteLength;
  }
  return parts.length === 1 ? parts[0]! : concatBytes(parts);
}
