/** The body of a request: RFC 9112, sections 6 and 7.1. */

import { HeadReader } from "./head_reader.ts";
import { HttpError } from "./http_error.ts";
import { type BodyLength, parseField } from "./request_head.ts";

const CR = 13;
const LF = 10;

/** Most digits of the size of a chunk: 16 TiB. */
const MAX_SIZE_DIGITS = 11;

/** Most bytes of the extensions of one chunk, and of all chunks of a body. */
const MAX_EXTENSION_BYTES = 256;
const MAX_EXTENSIONS_BYTES: number = 16 * 1024;

/** Receives the data of a body. */
interface BodySink {
  /** Takes a part of the data, which must be copied. */
  onBodyData(chunk: Uint8Array, start: number, end: number): void;
}

/** State of the reader: the meaning of the next byte. */
const State = {
  SIZE: 0,
  EXTENSION: 1,
  SIZE_LF: 2,
  DATA: 3,
  DATA_CR: 4,
  DATA_LF: 5,
  TRAILERS: 6,
  END: 7,
} as const;
type State = (typeof State)[keyof typeof State];

/** Splits the bytes of a connection into the data of one body and what follows it. */
export class BodyReader {
  readonly #sink: BodySink;
  readonly #isChunked: boolean;
  readonly #maxTrailerBytes: number;
  #trailers: HeadReader | undefined;
  #state: State;
  /** Number of bytes left in the chunk, or in the whole body. */
  #left = 0;
  #digits = 0;
  #extensionBytes = 0;
  #allExtensionBytes = 0;

  /**
   * @param length The length of the body.
   * @param maxTrailerBytes Most bytes of its trailers.
   * @param sink Receives the data.
   */
  constructor(length: BodyLength, maxTrailerBytes: number, sink: BodySink) {
    this.#sink = sink;
    this.#isChunked = length === "chunked";
    this.#maxTrailerBytes = maxTrailerBytes;
    if (length === "chunked") this.#state = State.SIZE;
    else {
      this.#left = length;
      this.#state = length > 0 ? State.DATA : State.END;
    }
  }

  /** True if all of the body has come. */
  get isComplete(): boolean {
    return this.#state === State.END;
  }

  /** Number of the next bytes that are data, as far as it is known. */
  get dataBytes(): number {
    return this.#state === State.DATA ? this.#left : 0;
  }

  /**
   * Reads one part of a chunk: data, or what is between.
   *
   * @param at Position of the first byte.
   * @returns Position after the last byte that was read.
   * @throws {HttpError} When the chunks are malformed.
   */
  push(chunk: Uint8Array, at: number): number {
    if (this.#state === State.DATA) {
      const end = Math.min(chunk.length, at + this.#left);
      this.#sink.onBodyData(chunk, at, end);
      this.placed(end - at);
      return end;
    }
    while (at < chunk.length && this.#isBetween()) this.#readByte(chunk[at++]!);
    return this.#state === State.TRAILERS ? this.#readTrailers(chunk, at) : at;
  }

  /** Counts data that has come to its place without `push`. */
  placed(bytes: number): void {
    this.#left -= bytes;
    if (this.#left > 0) return;
    this.#state = this.#isChunked ? State.DATA_CR : State.END;
  }

  /** True before and after the data of a chunk. */
  #isBetween(): boolean {
    const state = this.#state;
    return state !== State.DATA && state < State.TRAILERS;
  }

  #readByte(byte: number): void {
    switch (this.#state) {
      case State.SIZE:
        return this.#readSize(byte);
      case State.EXTENSION:
        return this.#readExtension(byte);
      case State.SIZE_LF:
        if (byte !== LF) throw malformed("its size");
        this.#extensionBytes = 0;
        this.#digits = 0;
        this.#state = this.#left > 0 ? State.DATA : State.TRAILERS;
        return;
      case State.DATA_CR:
        if (byte !== CR) throw malformed("its end");
        this.#state = State.DATA_LF;
        return;
      case State.DATA_LF:
        if (byte !== LF) throw malformed("its end");
        this.#state = State.SIZE;
    }
  }

  #readSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > MAX_SIZE_DIGITS) throw malformed("its size");
      this.#left = this.#left * 16 + digit;
    } else if (this.#digits === 0) throw malformed("its size");
    else if (byte === CR) this.#state = State.SIZE_LF;
    else if (byte === 0x3b) this.#state = State.EXTENSION;
    else throw malformed("its size");
  }

  /** Skips an extension (section 7.1.1); none means anything here. */
  #readExtension(byte: number): void {
    if (byte === CR) {
      this.#state = State.SIZE_LF;
      return;
    }
    if (byte < 0x20 && byte !== 0x09 || byte === 0x7f) {
      throw malformed("its extension");
    }
    if (
      ++this.#extensionBytes > MAX_EXTENSION_BYTES ||
      ++this.#allExtensionBytes > MAX_EXTENSIONS_BYTES
    ) throw new HttpError(400, "The extensions of chunks are too long");
  }

  /** Reads the trailers (section 7.1.2): they must be fields, but mean nothing in gRPC-Web. */
  #readTrailers(chunk: Uint8Array, at: number): number {
    const trailers = this.#trailers ??= new HeadReader(
      this.#maxTrailerBytes,
      false,
    );
    const end = trailers.push(chunk, at);
    if (trailers.isComplete) {
      const { text } = trailers;
      if (text !== "") text.split("\r\n").forEach(parseField);
      this.#state = State.END;
    }
    return end;
  }
}

function malformed(part: string): HttpError {
  return new HttpError(400, `A chunk of the body is malformed in ${part}`);
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
