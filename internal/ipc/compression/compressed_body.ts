/** The body of a message whose buffers are compressed. */

import { messageMemory } from "../../base/message_memory.ts";
import { FlightError } from "../../core/flight_error.ts";
import { type BodyCodec, bodyCodec } from "./body_compression.ts";
import {
  type DecompressionBudget,
  tooManyDictionaryBytes,
} from "./decompression_budget.ts";
import type { FlatbufferReader } from "../decode/flatbuffer_reader.ts";

/** Size of the prefix of a compressed buffer: its length when restored. */
const PREFIX_BYTES = 8;

/** Value of the prefix if the buffer was not worth compressing. */
const NOT_COMPRESSED = -1n;

/**
 * Restores the buffers of a body, one after the other, into one allocation. It is as large as the
 * prefixes claim, but never larger than the budget, nor than the codec could have made of the bytes
 * that arrived.
 */
export class CompressedBody {
  /** Number of bytes of all buffers when restored. */
  readonly byteLength: number;
  /** Memory of the restored buffers. */
  readonly memory: Uint8Array;
  /** True if a restored buffer is a part of the body, because it was not compressed. */
  usesBody = false;
  readonly #body: Uint8Array;
  readonly #view: DataView;
  readonly #codec: BodyCodec;
  #at = 0;

  /**
   * Adds up the prefixes.
   *
   * @param reader The header of the message.
   * @param compression The position of flatbuffer BodyCompression.
   * @param buffers The position of its buffers.
   * @throws {FlightError} UNIMPLEMENTED for an unknown codec, RESOURCE_EXHAUSTED when they exceed a budget.
   */
  constructor(
    reader: FlatbufferReader,
    compression: number,
    buffers: number,
    body: Uint8Array,
    { limit, dictionaries, lendsMemory }: DecompressionBudget,
  ) {
    this.#body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#codec = bodyCodec(
      reader.uint8In(compression, 0),
      reader.uint8In(compression, 1),
      reader.what,
    );
    let total = 0;
    for (let i = 0; i < reader.length(buffers); i++) {
      const start = reader.int64(buffers + 16 * i);
      const size = reader.int64(buffers + 16 * i + 8);
      // A fault is reported later, with the field to which the buffer belongs.
      const length = this.#lengthOf(start, size);
      if (length !== undefined) total += aligned(length);
    }
    if (total > limit) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `Cannot decode ${reader.what}: its buffers have ${total} bytes when decompressed, and maxDecompressedMessageBytes is ${limit}`,
      );
    }
    if (dictionaries && dictionaries.taken + total > dictionaries.limit) {
      throw tooManyDictionaryBytes(total, dictionaries);
    }
    this.byteLength = total;
    this.memory = lendsMemory
      ? messageMemory.take(total)
      : new Uint8Array(total);
  }

  /**
   * Restores the next buffer, which is `size` bytes from `start` on in the body. The range must be
   * inside the body, and not empty.
   *
   * @param index Number of the buffer, for errors.
   * @param fail Throws the error of a buffer that is malformed.
   * @returns A part of the one allocation, at a multiple of 8, or of the body if it was not
   * compressed.
   */
  restore(
    index: number,
    start: number,
    size: number,
    fail: (problem: string) => never,
  ): Uint8Array {
    try {
      return this.#restore(start, size);
    } catch (error) {
      return fail(
        `buffer ${index}, compressed with ${this.#codec.name}, is malformed: ${
          (error as Error).message
        }`,
      );
    }
  }

  #restore(start: number, size: number): Uint8Array {
    if (size < PREFIX_BYTES) {
      throw new RangeError(`${size} bytes are no length`);
    }
    const compressed = this.#body.subarray(start + PREFIX_BYTES, start + size);
    const claim = this.#view.getBigInt64(start, true);
    if (claim === NOT_COMPRESSED) {
      this.usesBody = true;
      return compressed;
    }
    const length = this.#lengthOf(start, size);
    if (length === undefined) {
      throw new RangeError(
        `${compressed.byteLength} bytes cannot stand for ${claim}`,
      );
    }
    const target = this.memory.subarray(this.#at, this.#at + length);
    this.#at += aligned(length);
    this.#codec.decompress(compressed, target);
    return target;
  }

  /**
   * Returns the length of a buffer when restored; `undefined` if nothing must, or can, be restored.
   */
  #lengthOf(start: number, size: number): number | undefined {
    if (
      start < 0 || size < PREFIX_BYTES ||
      start + size > this.#view.byteLength
    ) return undefined;
    const claim = this.#view.getBigInt64(start, true);
    const longest = this.#codec.longest(size - PREFIX_BYTES);
    return claim >= 0n && claim <= longest ? Number(claim) : undefined;
  }
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8;
}
