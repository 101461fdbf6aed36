/** Integers and string literals: RFC 7541, section 5. */

import { HpackError } from "./hpack_error.ts";
import { huffmanDecode, maxDecodedBytes } from "./huffman.ts";

/** Largest integer that is read: nothing in HTTP/2 is larger. */
const MAX_INTEGER = 2 ** 32 - 1;

/** Most bytes of an integer after its prefix: 35 bits. */
const MAX_CONTINUATION = 5;

const EMPTY: Uint8Array = new Uint8Array(0);

/** Largest scratch space that is kept between blocks, in bytes. */
const MAX_KEPT_SCRATCH = 16 * 1024;

/**
 * Position of octets in an array. The object is reused, so it allocates
 * nothing.
 */
export class Octets {
  /** Array that contains them. */
  bytes: Uint8Array = EMPTY;
  /** Position of the first octet. */
  start = 0;
  /** Position after the last octet. */
  end = 0;

  /** Number of octets. */
  get length(): number {
    return this.end - this.start;
  }

  /** Releases the array. */
  clear(): void {
    this.bytes = EMPTY;
    this.start = this.end = 0;
  }
}

/** Reads a header block from its beginning to its end. */
export class BlockReader {
  #block = EMPTY;
  #position = 0;
  /** Decoded Huffman strings; those in use end at `#scratchUsed`. */
  #scratch: Uint8Array = new Uint8Array(256);
  #scratchUsed = 0;

  /** Starts with another block. */
  open(block: Uint8Array): void {
    this.#block = block;
    this.#position = 0;
    this.#scratchUsed = 0;
  }

  /** Releases the block. */
  close(): void {
    this.open(EMPTY);
    if (this.#scratch.length > MAX_KEPT_SCRATCH) {
      this.#scratch = new Uint8Array(256);
    }
  }

  /** True if nothing is left. */
  get done(): boolean {
    return this.#position >= this.#block.length;
  }

  /** The next byte, which is not consumed. */
  get peek(): number {
    return this.#block[this.#position]!;
  }

  /**
   * Reads an integer: RFC 7541, section 5.1.
   *
   * @param mask The bits of the first byte that belong to it, all at the right.
   * @throws {HpackError} If it is truncated or larger than 2^32 − 1.
   */
  readInteger(mask: number): number {
    let value = this.#next() & mask;
    if (value < mask) return value;
    let factor = 1;
    for (let i = 0; i < MAX_CONTINUATION; i++, factor *= 128) {
      const byte = this.#next();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > MAX_INTEGER) break;
        return value;
      }
    }
    throw new HpackError("an integer is too large");
  }

  /**
   * Reads a string literal: RFC 7541, section 5.2.
   *
   * @param octets Receives the position of the octets, in the block or in
   * scratch space.
   * @throws {HpackError} If it is truncated or not valid Huffman code.
   */
  readString(octets: Octets): void {
    const huffman = this.done || this.peek >= 0x80;
    const length = this.readInteger(0x7f);
    const start = this.#position;
    const end = start + length;
    if (end > this.#block.length) {
      throw new HpackError("it ends within a string");
    }
    this.#position = end;
    if (!huffman) {
      octets.bytes = this.#block;
      octets.start = start;
      octets.end = end;
      return;
    }
    const room = this.#makeRoom(maxDecodedBytes(length));
    const used = this.#scratchUsed;
    this.#scratchUsed = huffmanDecode(this.#block, start, end, room, used);
    octets.bytes = room;
    octets.start = used;
    octets.end = this.#scratchUsed;
  }

  /** Declares that no string read so far is in use: their space is reused. */
  releaseStrings(): void {
    this.#scratchUsed = 0;
  }

  #makeRoom(byteLength: number): Uint8Array {
    if (this.#scratchUsed + byteLength > this.#scratch.length) {
      // Strings that are still in use stay where they are, in the old array.
      this.#scratch = new Uint8Array(2 * byteLength);
      this.#scratchUsed = 0;
    }
    return this.#scratch;
  }

  #next(): number {
    if (this.done) throw new HpackError("it ends within a header");
    return this.#block[this.#position++]!;
  }
}
