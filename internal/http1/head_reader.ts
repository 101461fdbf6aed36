/** Collects the bytes of a head: RFC 9112, section 2.2. */

import { Buffer } from "node:buffer";

import { HttpError } from "./http_error.ts";
import { parseLine } from "./request_head.ts";

const CR = 13;
const LF = 10;

/** First size of the buffer: enough for the requests of most browsers, in bytes. */
const FIRST_BYTES = 1024;

/**
 * Reads lines up to an empty one: those of a head, or the trailers of a body. Every byte is looked at
 * once, however small the pieces are in which it comes.
 */
export class HeadReader {
  readonly #maxBytes: number;
  readonly #isRequest: boolean;
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #filled = 0;
  /** Position of the first byte of the current line. */
  #lineStart = 0;
  #isFirstLine = true;
  #isComplete = false;

  /**
   * @param maxBytes Most bytes of all lines.
   * @param isRequest True if the first line is that of a request.
   */
  constructor(maxBytes: number, isRequest: boolean) {
    this.#maxBytes = maxBytes;
    this.#isRequest = isRequest;
  }

  /** True if some bytes have come, but not all. */
  get isStarted(): boolean {
    return this.#filled > 0;
  }

  /** True if the empty line has come. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The lines without the empty one. */
  get text(): string {
    return this.#buffer.toString("latin1", 0, Math.max(0, this.#lineStart - 2));
  }

  /**
   * Reads from a chunk.
   *
   * @param at Position of the first byte.
   * @returns Position after the last byte that was read.
   * @throws {HttpError} When the lines are too long, or end in another way than by CR and LF.
   */
  push(chunk: Uint8Array, at: number): number {
    while (at < chunk.length && !this.#isComplete) {
      const byte = chunk[at++]!;
      if (this.#filled === this.#buffer.length) this.#grow();
      this.#buffer[this.#filled++] = byte;
      if (byte === LF) this.#endLine();
      else if (this.#buffer[this.#filled - 2] === CR && this.#filled > 1) {
        throw new HttpError(400, "A line has a CR without LF");
      }
    }
    return at;
  }

  #endLine(): void {
    const end = this.#filled - 2;
    if (end < this.#lineStart || this.#buffer[end] !== CR) {
      throw new HttpError(400, "A line ends with LF without CR");
    }
    if (end === this.#lineStart) {
      if (this.#isRequest && this.#isFirstLine) {
        // Section 2.2: some clients send an empty line after a body. One, and not a flood of them.
        this.#isFirstLine = false;
        this.#filled = 0;
        return;
      }
      this.#isComplete = true;
      return;
    }
    if (this.#isRequest && this.#lineStart === 0) {
      parseLine(this.#buffer.toString("latin1", 0, end));
    }
    this.#isFirstLine = false;
    this.#lineStart = this.#filled;
  }

  #grow(): void {
    if (this.#filled >= this.#maxBytes) {
      throw this.#isRequest && this.#lineStart === 0
        ? new HttpError(
          414,
          `The request line exceeds the limit of ${this.#maxBytes} bytes (option maxHeaderListBytes)`,
        )
        : new HttpError(
          431,
          `The fields exceed the limit of ${this.#maxBytes} bytes (option maxHeaderListBytes)`,
        );
    }
    const before = this.#buffer;
    this.#buffer = Buffer.allocUnsafe(
      Math.min(this.#maxBytes, 2 * before.length),
    );
    this.#buffer.set(before);
  }
}
