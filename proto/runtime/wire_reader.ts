/**
 * Reads the protobuf wire format, strictly.
 *
 * The Reader of protobufjs is not used: it cuts lengths to 32 bits, returns
 * Buffers, replaces malformed UTF-8 and cannot read 64-bit integers exactly
 * without a further package.
 *
 * | wire type | what follows the tag                                    |
 * | --------- | ------------------------------------------------------- |
 * | 0         | a varint                                                |
 * | 1         | 8 bytes                                                 |
 * | 2         | a varint n, then n bytes                                |
 * | 3         | fields up to a tag of wire type 4 and the same number   |
 * | 5         | 4 bytes                                                 |
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

import { keepUnknownField } from "./unknown_fields.ts";
import { WireFormatError } from "./wire_format_error.ts";

/** Deepest nesting of messages and of unknown groups; that of C++ and Java. */
const MAX_DEPTH = 100;

/**
 * Most elements of all repeated fields of a message, and unknown fields, together. A peer pays two
 * bytes for an element that costs a hundred here.
 */
const MAX_ELEMENTS = 2 ** 20;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Longest text that is read without a TextDecoder, whose calls cost more than so many bytes. */
const SHORT_TEXT = 24;

/** Reads the fields of a message; every failure is a {@linkcode WireFormatError}. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #buffer: ArrayBufferLike;
  readonly #byteOffset: number;
  /** End of the message that is being read. */
  #limit: number;
  #position = 0;
  /** Start of the last tag. */
  #tagStart = 0;
  #depth = 0;
  #elements = 0;
  /** The halves of the last varint, unsigned. */
  #low = 0;
  #high = 0;

  /** @param bytes A whole message; what is read from it are views on it. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#buffer = bytes.buffer;
    this.#byteOffset = bytes.byteOffset;
    this.#limit = bytes.byteLength;
  }

  /**
   * Returns the reader itself, or a new one for the given bytes.
   *
   * @param input A reader at the start of a message, or the message.
   * @returns The reader.
   */
  static of(input: Uint8Array | WireReader): WireReader {
    return input instanceof WireReader ? input : new WireReader(input);
  }

  /** Position of the next byte to read, from the start. */
  get position(): number {
    return this.#position;
  }

  /**
   * Reads the tag of the next field: its number × 8 + its wire type.
   *
   * @returns The tag, or 0 at the end of the message.
   */
  tag(): number {
    if (this.#position === this.#limit) return 0;
    const start = this.#position;
    this.#tagStart = start;
    const tag = this.varint();
    const wireType = this.#low & 7;
    if (tag > 0xffff_ffff || tag < 8) {
      throw new WireFormatError("invalid field number", start);
    }
    if (wireType > 5) {
      throw new WireFormatError(`invalid wire type ${wireType}`, start);
    }
    return tag;
  }

  /**
   * Reads an unsigned varint of up to 64 bits.
   *
   * @returns The value, rounded if it exceeds 2^53.
   */
  varint(): number {
    const start = this.#position;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#position >= this.#limit) {
        throw new WireFormatError("truncated varint", start);
      }
      const byte = this.#bytes[this.#position++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift > 28) high |= bits << (shift - 32);
      else {
        low |= bits << 28;
        high = bits >>> 4;
      }
      if (byte < 0x80) {
        if (shift === 63 && bits > 1) break;
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return this.#high * 2 ** 32 + this.#low;
      }
    }
    throw new WireFormatError("varint of more than 64 bits", start);
  }

  /** Exact value of the last varint. */
  get lastVarint(): bigint {
    // Most are small, and this takes one bigint instead of four.
    if (this.#high < 2 ** 21) return BigInt(this.#high * 2 ** 32 + this.#low);
    return BigInt(this.#high) << 32n | BigInt(this.#low);
  }

  // Each of the following takes the tag that was read, and fails if its wire type does not fit.

  /** Reads a uint32. */
  uint32(tag: number): number {
    this.#expect(tag, 0);
    this.varint();
    return this.#low;
  }

  /** Reads an int32 or an enum. */
  int32(tag: number): number {
    return this.uint32(tag) | 0;
  }

  /** Reads a sint32. */
  sint32(tag: number): number {
    const value = this.uint32(tag);
    return (value >>> 1) ^ -(value & 1);
  }

  /** Reads a bool. */
  bool(tag: number): boolean {
    this.#expect(tag, 0);
    return this.varint() !== 0;
  }

  /** Reads a uint64. */
  uint64(tag: number): bigint {
    this.#expect(tag, 0);
    this.varint();
    return this.lastVarint;
  }

  /** Reads an int64. */
  int64(tag: number): bigint {
    return BigInt.asIntN(64, this.uint64(tag));
  }

  /** Reads a sint64. */
  sint64(tag: number): bigint {
    const value = this.uint64(tag);
    return (value >> 1n) ^ -(value & 1n);
  }

  /** Reads a fixed32. */
  fixed32(tag: number): number {
    return this.#fixed(tag, 5, 4).getUint32(0, true);
  }

  /** Reads an sfixed32. */
  sfixed32(tag: number): number {
    return this.#fixed(tag, 5, 4).getInt32(0, true);
  }

  /** Reads a float. */
  float(tag: number): number {
    return this.#fixed(tag, 5, 4).getFloat32(0, true);
  }

  /** Reads a fixed64. */
  fixed64(tag: number): bigint {
    return this.#fixed(tag, 1, 8).getBigUint64(0, true);
  }

  /** Reads an sfixed64. */
  sfixed64(tag: number): bigint {
    return this.#fixed(tag, 1, 8).getBigInt64(0, true);
  }

  /** Reads a double. */
  double(tag: number): number {
    return this.#fixed(tag, 1, 8).getFloat64(0, true);
  }

  /** Reads a bytes field: a view, never a Buffer. */
  bytes(tag: number): Uint8Array {
    this.#expect(tag, 2);
    return this.#view(this.#length());
  }

  /** Reads a string. */
  string(tag: number): string {
    this.#expect(tag, 2);
    const start = this.#position;
    const length = this.#length();
    const ascii = length <= SHORT_TEXT ? this.#ascii(length) : undefined;
    if (ascii !== undefined) return ascii;
    try {
      return utf8.decode(this.#view(length));
    } catch {
      throw new WireFormatError("malformed UTF-8", start);
    }
  }

  /**
   * Reads an embedded message.
   *
   * @param tag The tag that was read.
   * @param decode Decodes it.
   * @param message The value of an earlier occurrence of the field, to merge into.
   * @returns The message.
   */
  message<T>(
    tag: number,
    decode: (reader: WireReader, message?: T) => T,
    message?: T,
  ): T {
    const limit = this.#enter(tag);
    const result = decode(this, message);
    this.#leave(limit);
    return result;
  }

  /**
   * Reads a repeated number, packed or not.
   *
   * @param tag The tag that was read.
   * @param wireType Wire type of one element.
   * @param one Reads one element; it is given a tag of the right wire type.
   */
  packed(tag: number, wireType: number, one: (tag: number) => void): void {
    if ((tag & 7) === wireType) return one(tag);
    const limit = this.#enter(tag);
    while (this.#position < this.#limit) one(wireType);
    this.#leave(limit);
  }

  /** Counts an element of a repeated field, or an unknown field, before it is read. */
  element(): void {
    if (++this.#elements > MAX_ELEMENTS) {
      throw new WireFormatError(
        `more than ${MAX_ELEMENTS} elements`,
        this.#position,
      );
    }
  }

  /**
   * Keeps an unknown field, to be sent with the message.
   *
   * @param tag The tag that was read.
   * @param message The message that it is a field of.
   */
  keep(tag: number, message: object): void {
    const start = this.#tagStart;
    this.element();
    this.skip(tag);
    keepUnknownField(
      message,
      new Uint8Array(
        this.#buffer,
        this.#byteOffset + start,
        this.#position - start,
      ),
    );
  }

  /**
   * Skips an unknown field.
   *
   * @param tag The tag that was read.
   */
  skip(tag: number): void {
    // Numbers of the open groups. A loop, because a peer would choose the depth of recursion.
    const groups: number[] = [];
    do {
      switch (tag & 7) {
        case 0:
          this.varint();
          break;
        case 1:
          this.#advance(8);
          break;
        case 2:
          this.#advance(this.#length());
          break;
        case 3:
          groups.push(tag >>> 3);
          if (this.#depth + groups.length > MAX_DEPTH) throw this.#tooDeep();
          break;
        case 4:
          if (groups.pop() !== tag >>> 3) {
            throw new WireFormatError(
              "end of a group that never began",
              this.#position,
            );
          }
          break;
        default:
          this.#advance(4);
      }
      if (groups.length === 0) return;
      tag = this.tag();
    } while (tag !== 0);
    throw new WireFormatError("truncated group", this.#position);
  }

  /** The next bytes. */
  #view(length: number): Uint8Array {
    const view = new Uint8Array(
      this.#buffer,
      this.#byteOffset + this.#position,
      length,
    );
    this.#position += length;
    return view;
  }

  /** The next bytes as text if they are all ASCII, else `undefined`, and they are still to be read. */
  #ascii(length: number): string | undefined {
    const bytes = this.#bytes;
    const start = this.#position;
    let text = "";
    for (let i = 0; i < length; i++) {
      const code = bytes[start + i]!;
      if (code >= 0x80) return undefined;
      text += String.fromCharCode(code);
    }
    this.#position += length;
    return text;
  }

  /** Starts to read length-delimited contents. */
  #enter(tag: number): number {
    this.#expect(tag, 2);
    const length = this.#length();
    if (++this.#depth > MAX_DEPTH) throw this.#tooDeep();
    const limit = this.#limit;
    this.#limit = this.#position + length;
    return limit;
  }

  #leave(limit: number): void {
    this.#limit = limit;
    this.#depth--;
  }

  #expect(tag: number, wireType: number): void {
    if ((tag & 7) === wireType) return;
    throw new WireFormatError(
      `field ${tag >>> 3} has wire type ${tag & 7} instead of ${wireType}`,
      this.#position,
    );
  }

  /** Reads a length and checks that as many bytes are left. */
  #length(): number {
    const start = this.#position;
    const length = this.varint();
    this.#check(length, start);
    return length;
  }

  #advance(length: number): void {
    this.#check(length, this.#position);
    this.#position += length;
  }

  #check(length: number, start: number): void {
    const left = this.#limit - this.#position;
    if (length <= left) return;
    throw new WireFormatError(
      `truncated field: ${length} bytes expected, ${left} left`,
      start,
    );
  }

  #fixed(tag: number, wireType: number, length: number): DataView {
    this.#expect(tag, wireType);
    const start = this.#position;
    this.#advance(length);
    return new DataView(this.#buffer, this.#byteOffset + start, length);
  }

  #tooDeep(): WireFormatError {
    return new WireFormatError(
      `nested deeper than ${MAX_DEPTH}`,
      this.#position,
    );
  }
}
