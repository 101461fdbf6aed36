/** Integers and string literals: RFC 7541, section 5. */

import { huffmanByteLength, huffmanEncode } from "./huffman.ts";

/** Initial size, enough for the header lists of most calls. */
const INITIAL_BYTES = 512;

/** Largest buffer that is kept between blocks, in bytes. */
const MAX_KEPT_BYTES = 16 * 1024;

/** More bytes than any integer takes. */
const MAX_INTEGER_BYTES = 8;

/** Writes a header block. */
export class BlockWriter {
  #buffer = new Uint8Array(INITIAL_BYTES);
  #position = 0;

  /** Drops the written bytes. */
  reset(): void {
    this.#position = 0;
    if (this.#buffer.length > MAX_KEPT_BYTES) {
      this.#buffer = new Uint8Array(INITIAL_BYTES);
    }
  }

  /** Copies the written bytes. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#position);
  }

  /**
   * Writes an integer: RFC 7541, section 5.1.
   *
   * @param pattern The bits of the first byte that are not of the integer.
   * @param mask The bits of the first byte that are, all at the right.
   * @param value At most 2^32 − 1.
   */
  writeInteger(pattern: number, mask: number, value: number): void {
    this.#reserve(MAX_INTEGER_BYTES);
    const buffer = this.#buffer;
    if (value < mask) {
      buffer[this.#position++] = pattern | value;
      return;
    }
    buffer[this.#position++] = pattern | mask;
    let rest = value - mask;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      buffer[this.#position++] = (rest & 0x7f) | 0x80;
    }
    buffer[this.#position++] = rest;
  }

  /**
   * Writes a string literal, in Huffman code if that is shorter: RFC 7541,
   * section 5.2.
   *
   * @param text Its characters are octets.
   * @throws {TypeError} If one of them is not.
   */
  writeString(text: string): void {
    const { length } = text;
    const coded = huffmanByteLength(text);
    if (coded < 0) {
      throw new TypeError("Cannot encode header: a character is above U+00FF");
    }
    this.#reserve(MAX_INTEGER_BYTES + Math.min(length, coded));
    if (coded < length) {
      this.writeInteger(0x80, 0x7f, coded);
      this.#position = huffmanEncode(text, this.#buffer, this.#position);
      return;
    }
    this.writeInteger(0, 0x7f, length);
    const buffer = this.#buffer;
    let position = this.#position;
    for (let i = 0; i < length; i++) buffer[position++] = text.charCodeAt(i);
    this.#position = position;
  }

  #reserve(byteLength: number): void {
    const needed = this.#position + byteLength + MAX_INTEGER_BYTES;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#position));
    this.#buffer = larger;
  }
}
