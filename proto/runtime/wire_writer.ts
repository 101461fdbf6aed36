/**
 * Writes the protobuf wire format.
 *
 * The Writer of protobufjs is not used: with its package for 64-bit integers it is 10 KiB, compressed,
 * of what a page has to load.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

import { unknownFields } from "./unknown_fields.ts";
import { WireReader } from "./wire_reader.ts";

/** Size of the memory of a new writer, in bytes: most messages need less. */
const INITIAL_BYTES = 1024;

/** Most memory that is kept for the next writer, in bytes. */
const MAX_SPARE_BYTES = 64 * 1024;

/** Longest text that is written without a TextEncoder, whose calls cost more than so many letters. */
const SHORT_TEXT = 24;

/** Most bytes that are copied one by one: a call of `set` costs more. */
const SHORT_BYTES = 32;

const utf8 = new TextEncoder();

/** Memory for the next writer. A message may be encoded while another one is, which takes memory of its own. */
let spare: Uint8Array | undefined;

/** Gathers the fields of a message. */
export class Writer {
  #bytes: Uint8Array;
  #position = 0;
  /** Starts of the contents whose lengths are not known yet, the innermost last. */
  readonly #starts: number[] = [];

  /** Makes an empty writer. */
  constructor() {
    this.#bytes = spare ?? new Uint8Array(INITIAL_BYTES);
    spare = undefined;
  }

  /** Writes a uint32, also a tag. */
  uint32(value: number): this {
    this.#reserve(5);
    const bytes = this.#bytes;
    let position = this.#position;
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) bytes[position++] = rest & 0x7f | 0x80;
    bytes[position++] = rest;
    this.#position = position;
    return this;
  }

  /** Writes an int32 or an enum: a negative one has ten bytes. */
  int32(value: number): this {
    return value < 0 ? this.#halves(value, -1) : this.uint32(value);
  }

  /** Writes a sint32. */
  sint32(value: number): this {
    return this.uint32(value << 1 ^ value >> 31);
  }

  /** Writes a bool. */
  bool(value: boolean): this {
    return this.uint32(value ? 1 : 0);
  }

  /** Writes a uint64. */
  uint64(value: bigint): this {
    // Most are small, and arithmetic of numbers is faster.
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      return this.#halves(number, Math.floor(number / 2 ** 32));
    }
    return this.#halves(
      Number(BigInt.asUintN(32, value)),
      Number(BigInt.asUintN(32, value >> 32n)),
    );
  }

  /** Writes an int64: a negative one has ten bytes. */
  int64(value: bigint): this {
    return this.uint64(value);
  }

  /** Writes a sint64. */
  sint64(value: bigint): this {
    return this.uint64(BigInt.asUintN(64, value << 1n ^ value >> 63n));
  }

  /** Writes a fixed32. */
  fixed32(value: number): this {
    this.#fixed(4).setUint32(0, value, true);
    return this;
  }

  /** Writes an sfixed32. */
  sfixed32(value: number): this {
    return this.fixed32(value);
  }

  /** Writes a float. */
  float(value: number): this {
    this.#fixed(4).setFloat32(0, value, true);
    return this;
  }

  /** Writes a fixed64. */
  fixed64(value: bigint): this {
    this.#fixed(8).setBigUint64(0, value, true);
    return this;
  }

  /** Writes an sfixed64. */
  sfixed64(value: bigint): this {
    return this.fixed64(value);
  }

  /** Writes a double. */
  double(value: number): this {
    this.#fixed(8).setFloat64(0, value, true);
    return this;
  }

  /** Writes bytes, with their length before them. */
  bytes(value: Uint8Array): this {
    const length = value.byteLength;
    this.uint32(length);
    this.#reserve(length);
    const bytes = this.#bytes;
    const start = this.#position;
    if (length > SHORT_BYTES) bytes.set(value, start);
    else for (let i = 0; i < length; i++) bytes[start + i] = value[i]!;
    this.#position = start + length;
    return this;
  }

  /** Writes a string, with its length before it. */
  string(text: string): this {
    if (text.length > SHORT_TEXT) return this.bytes(utf8.encode(text));
    this.#reserve(1 + text.length);
    const bytes = this.#bytes;
    const start = this.#position + 1;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return this.bytes(utf8.encode(text));
      bytes[start + i] = code;
    }
    bytes[this.#position] = text.length;
    this.#position = start + text.length;
    return this;
  }

  /** Begins contents that have their length before them. */
  fork(): this {
    this.#reserve(1);
    // Most lengths have one byte.
    this.#starts.push(++this.#position);
    return this;
  }

  /** Ends the innermost contents. */
  ldelim(): this {
    const start = this.#starts.pop()!;
    const end = this.#position;
    const length = end - start;
    this.#position = start - 1;
    if (length > 0x7f) {
      const shift = length < 2 ** 14
        ? 1
        : length < 2 ** 21
        ? 2
        : length < 2 ** 28
        ? 3
        : 4;
      this.#reserve(1 + length + shift);
      this.#bytes.copyWithin(start + shift, start, end);
    }
    this.uint32(length);
    this.#position += length;
    return this;
  }

  /**
   * Returns the written bytes.
   *
   * @returns An array with a buffer of its own. The writer is of no further use.
   */
  finish(): Uint8Array {
    const bytes = this.#bytes;
    // A large message often ends where its memory does.
    if (bytes.byteLength === this.#position) return bytes;
    if (bytes.byteLength <= MAX_SPARE_BYTES) spare = bytes;
    return bytes.slice(0, this.#position);
  }

  /** Writes a varint of 64 bits, of which only the low 32 bits of each half count. */
  #halves(low: number, high: number): this {
    let lower = low >>> 0;
    let upper = high >>> 0;
    if (upper === 0) return this.uint32(lower);
    this.#reserve(10);
    const bytes = this.#bytes;
    while (upper > 0) {
      bytes[this.#position++] = lower & 0x7f | 0x80;
      lower = (lower >>> 7 | upper << 25) >>> 0;
      upper >>>= 7;
    }
    return this.uint32(lower);
  }

  /** The next bytes, to be written. */
  #fixed(length: number): DataView {
    this.#reserve(length);
    const view = new DataView(
      this.#bytes.buffer,
      this.#bytes.byteOffset + this.#position,
      length,
    );
    this.#position += length;
    return view;
  }

  /** Makes room for more bytes. */
  #reserve(length: number): void {
    const needed = this.#position + length;
    if (needed <= this.#bytes.byteLength) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.byteLength * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
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
          else writer.uint64(reader.lastVarint);
          break;
        }
        case 1:
          writer.fixed64(reader.fixed64(tag));
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
