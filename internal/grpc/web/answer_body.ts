/** Separates the messages in the body of an answer from the trailers behind them. */

import { FlightError } from "../../core/flight_error.ts";
import type { HeaderList } from "../../http2/hpack/header.ts";
import { type MessageReader, PREFIX_BYTES } from "../message_reader.ts";
import { parseTrailers, TRAILER_FLAG } from "./trailer_frame.ts";

/** The bytes of an answer, in order and in chunks of any size. */
export class AnswerBody {
  readonly #messages: MessageReader;
  readonly #maxTrailerBytes: number;
  readonly #prefix = new Uint8Array(PREFIX_BYTES);
  #prefixBytes = 0;
  /** Number of bytes that are left of the current frame. */
  #left = 0;
  /** The block of trailers that is arriving, and its length so far. */
  #block: Uint8Array | undefined;
  #filled = 0;
  #trailers: HeaderList | undefined;
  #problem: FlightError | undefined;

  /**
   * @param messages Takes the messages, which are read from it.
   * @param maxTrailerBytes Largest block of trailers: the option maxHeaderListBytes.
   */
  constructor(messages: MessageReader, maxTrailerBytes: number) {
    this.#messages = messages;
    this.#maxTrailerBytes = maxTrailerBytes;
  }

  /** The trailers, once all of them have come. */
  get trailers(): HeaderList | undefined {
    return this.#trailers;
  }

  /** Fault of the body beside those of messages; it counts after the messages before it. */
  get problem(): FlightError | undefined {
    return this.#problem;
  }

  /** Takes a part of the body. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.#problem === undefined) {
      if (this.#trailers !== undefined) {
        return this.#fail("bytes follow the trailers of the answer");
      }
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        this.#left -= end - at;
        if (this.#block === undefined) this.#messages.push(chunk, at, end);
        else this.#fill(this.#block, chunk.subarray(at, end));
        at = end;
      } else {
        this.#prefix[this.#prefixBytes++] = chunk[at++]!;
        if (this.#prefixBytes === PREFIX_BYTES) this.#begin();
      }
    }
  }

  /**
   * Returns the final place of the next bytes of the body. `placed` must be called before anything else
   * is pushed.
   *
   * @param minBytes Fewest bytes for which that is worthwhile.
   * @returns A part of the message that is arriving; `undefined` if the bytes must be pushed.
   */
  place(minBytes: number): Uint8Array | undefined {
    return this.#left < minBytes || this.#block !== undefined
      ? undefined
      : this.#messages.place(this.#left);
  }

  /** Takes bytes that were written to the place, in the ArrayBuffer to which it has moved. */
  placed({ byteLength, buffer }: Uint8Array): void {
    this.#left -= byteLength;
    this.#messages.placed(byteLength, buffer);
  }

  /** Takes the end of the body. A frame that is not complete is a fault. */
  end(): void {
    // The reader of the messages sees a part of a prefix as a message that is cut short.
    this.#messages.push(this.#prefix, 0, this.#prefixBytes);
    this.#messages.end();
    if (this.#block !== undefined && this.#trailers === undefined) {
      this.#fail("the trailers of the answer are cut short");
    }
  }

  /** Begins a frame. */
  #begin(): void {
    const [flag, a, b, c, d] = this.#prefix as unknown as number[];
    this.#left = (a! << 24 | b! << 16 | c! << 8 | d!) >>> 0;
    this.#prefixBytes = 0;
    if ((flag! & TRAILER_FLAG) === 0) {
      return this.#messages.push(this.#prefix, 0, PREFIX_BYTES);
    }
    if (flag !== TRAILER_FLAG) {
      return this.#fail(`the trailers of the answer have the flag ${flag}`);
    }
    if (this.#left > this.#maxTrailerBytes) {
      this.#problem = new FlightError(
        "RESOURCE_EXHAUSTED",
        `the trailers of ${this.#left} bytes exceed the limit of ` +
          `${this.#maxTrailerBytes} bytes (option maxHeaderListBytes)`,
      );
      return;
    }
    this.#block = new Uint8Array(this.#left);
    if (this.#left === 0) this.#fill(this.#block, this.#block);
  }

  #fill(block: Uint8Array, part: Uint8Array): void {
    block.set(part, this.#filled);
    this.#filled += part.length;
    if (this.#filled < block.length) return;
    this.#trailers = parseTrailers(block);
    if (this.#trailers === undefined) {
      this.#fail("a line in the trailers of the answer has no colon");
    }
  }

  #fail(text: string): void {
    this.#problem = new FlightError("INTERNAL", text, { origin: "remote" });
  }
}
