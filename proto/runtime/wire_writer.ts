/** Adapts protobufjs' Writer to this package. */

import protobuf from "protobufjs/minimal.js";
import { unknownFields } from "./unknown_fields.ts";
import { WireReader } from "./wire_reader.ts";

/** Gathers the fields of a message. */
export type Writer = protobuf.Writer;

/** Argument of the 64-bit methods of {@linkcode Writer}. */
export type Long = Parameters<Writer["int64"]>[0];

/**
 * Makes an empty writer.
 *
 * @returns The writer, which works without Buffer on every runtime.
 */
export function createWriter(): Writer {
  // Not `Writer.create()`, which returns Buffers if there are any.
  return new protobuf.Writer();
}

/**
 * Returns the written bytes.
 *
 * @param writer The writer; do not use it afterwards.
 * @returns An array with a buffer of its own.
 */
export function finish(writer: Writer): Uint8Array {
  const bytes = writer.finish();
  // Short results are slices of a pool: its other contents must stay private,
  // and a slice cannot be transferred.
  return bytes.byteLength === bytes.buffer.byteLength
    ? bytes
    : Uint8Array.prototype.slice.call(bytes);
}

/**
 * Converts a 64-bit integer for {@linkcode Writer}.
 *
 * @param value The integer; only its low 64 bits count.
 * @returns Its halves.
 */
export function toLong(value: bigint): Long {
  // Most are small, and arithmetic of numbers is faster.
  const number = Number(value);
  if (Number.isSafeInteger(number)) {
    const high = Math.floor(number / 2 ** 32);
    return { low: number | 0, high, unsigned: false } as Long;
  }
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return { low, high, unsigned: false } as Long;
}

/**
 * Writes the fields of a message that its type does not have.
 *
 * @param message The message, or the object that was made from it.
 * @param writer The writer of the others.
 */
export function writeUnknown(message: object, writer: Writer): void {
  for (const fields of unknownFields(message)) {
    const reader = new WireReader(fields);
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      writer.uint32(tag);
      // Groups need no more: their begin and their end are tags too.
      switch (tag & 7) {
        case 0: {
          const value = reader.varint();
          // Most are small, and a bigint for each would take its time.
          if (value < 2 ** 32) writer.uint32(value);
          else writer.uint64(toLong(reader.lastVarint));
          break;
        }
        case 1:
          writer.fixed64(toLong(reader.fixed64(tag)));
          break;
        case 2:
          writer.bytes(reader.bytes(tag));
          break;
        case 5:
          writer.fixed32(reader.fixed32(tag));
          break;
      }
    }
  }
}
