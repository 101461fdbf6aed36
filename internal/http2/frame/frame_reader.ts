/** Reads frames from the chunks of a socket: RFC 9113, sections 4.1 and 6.1. */

import {
  FLAG,
  FRAME,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  readUint32,
} from "./frame.ts";
import { Http2Error } from "./http2_error.ts";
import { ALL_WORK, dataWork } from "../../socket/reading_turns.ts";
import { MIN_PLACED_BYTES } from "../../socket/socket_reader.ts";

/** Receives frames. */
export interface FrameSink {
  /**
   * Called when a frame begins. An error that it throws ends the connection
   * before the payload is read.
   *
   * @param header The same object every time.
   * @returns The number of bytes of the payload that `onFrame` wants; the rest
   * is dropped. It has no meaning for DATA.
   */
  onFrameHeader(header: FrameHeader): number;
  /**
   * Called with a part of the data of a DATA frame. The bytes must be copied.
   */
  onDataFrame(
    header: FrameHeader,
    chunk: Uint8Array,
    start: number,
    end: number,
  ): void;
  /**
   * Called before more of the data of a DATA frame is read.
   *
   * @param bytes Most bytes to place.
   * @returns The final place of the next bytes, or undefined if they must come
   * as chunks.
   */
  placeData(bytes: number): Uint8Array | undefined;
  /**
   * Called before a frame is read, if all bytes before it were.
   *
   * @returns Memory for the whole frame with its header, if it is probably the
   * next one of many that are alike. The bytes that come to it are passed on
   * like any others.
   */
  placeFrame(): Uint8Array | undefined;
  /** True if the current DATA frame is probably one of many that are alike. */
  readonly isRegular: boolean;
  /**
   * Called when a part of the data of a DATA frame was read to the memory that
   * `placeData` returned.
   *
   * @param bytes Number of bytes, from its beginning on.
   */
  onDataPlaced(bytes: number): void;
  /** Called when a DATA frame has ended. */
  onDataFrameEnd(header: FrameHeader): void;
  /**
   * Called when any other frame is complete. The payload must be copied to be
   * kept.
   */
  onFrame(header: FrameHeader, payload: Uint8Array): void;
}

/** Cost of a header block in addition to its frame: most begin a call. */
const HEADERS_WORK = 15;

/** State of the reader: the meaning of the next byte. */
const State = {
  HEADER: 0,
  PAD_LENGTH: 1,
  DATA: 2,
  PADDING: 3,
  PAYLOAD: 4,
  SKIP: 5,
} as const;
type State = (typeof State)[keyof typeof State];

/**
 * Splits the chunks of a socket into frames. The data of DATA frames is passed
 * on in the pieces in which it arrives; other payloads are small, and passed on
 * as a whole.
 */
export class FrameReader {
  /** Remaining work of this turn, as {@linkcode workOf} counts it. */
  work: number = ALL_WORK;
  readonly #sink: FrameSink;
  readonly #header: FrameHeader = { length: 0, type: 0, flags: 0, streamId: 0 };
  readonly #head = new Uint8Array(FRAME_HEADER_BYTES);
  #state: State = State.HEADER;
  /** Number of bytes in `#head` or `#payload`. */
  #filled = 0;
  #payload: Uint8Array = new Uint8Array(0);
  /** Number of bytes left in the current state. */
  #left = 0;
  /**
   * Number of bytes to skip after that: the padding of DATA, or the unwanted
   * rest.
   */
  #rest = 0;
  #stopped = false;
  /** Memory for a whole frame, while a socket reads into it. */
  #ahead: Uint8Array | undefined;

  /** @param sink Receives the frames. */
  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Ignores the rest of this chunk and all further ones. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Reads a chunk, as long as there is `work` left.
   *
   * @param chunk The chunk.
   * @param offset Position of the first byte to read.
   * @param end Position after the last byte to read; the end of the chunk by
   * default.
   * @returns The position of the first unread byte.
   * @throws {Http2Error} Errors of the sink.
   */
  push(chunk: Uint8Array, offset = 0, end: number = chunk.length): number {
    let at = offset;
    while (at < end && !this.#stopped && this.work > 0) {
      switch (this.#state) {
        case State.HEADER:
          at = this.#readHeader(chunk, at, end);
          break;
        case State.PAD_LENGTH:
          this.#readPadLength(chunk[at++]!);
          break;
        case State.DATA: {
          const stop = Math.min(end, at + this.#left);
          this.#left -= stop - at;
          this.#sink.onDataFrame(this.#header, chunk, at, stop);
          at = stop;
          if (this.#left === 0) this.#endDataPayload();
          break;
        }
        case State.PAYLOAD:
          at = this.#readPayload(chunk, at, end);
          break;
        case State.PADDING:
        case State.SKIP: {
          const step = Math.min(end - at, this.#left);
          at += step;
          this.#left -= step;
          if (this.#left === 0) this.#endSkip();
        }
      }
    }
    return this.#stopped ? end : at;
  }

  /**
   * Finds the final place of the next bytes, if they are the data of a large
   * frame, or of one of many that are alike, and all bytes before them were
   * pushed.
   *
   * @returns Memory to read into; `placed` must follow. Undefined if the next
   * bytes must be pushed.
   */
  place(): Uint8Array | undefined {
    if (this.#stopped || this.work <= 0) return undefined;
    if (this.#state === State.HEADER && this.#filled === 0) {
      return this.#ahead = this.#sink.placeFrame();
    }
    if (this.#state !== State.DATA) return undefined;
    if (this.#left < MIN_PLACED_BYTES) {
      // Up to the end of the frame, so that the next one has a place again.
      return this.#sink.isRegular
        ? this.#sink.placeData(this.#left)
        : undefined;
    }
    // If the message goes on, there is also place for the header of the next
    // frame: its payload will overwrite it.
    const bytes = this.#left + (this.#rest > 0 ? 0 : FRAME_HEADER_BYTES);
    return this.#sink.placeData(bytes);
  }

  /**
   * Reads bytes that have come to the memory that `place` returned.
   *
   * @param memory The memory.
   * @param bytes Number of bytes.
   * @returns The position of the first unread byte.
   * @throws {Http2Error} Errors of the sink.
   */
  placed(memory: Uint8Array, bytes: number): number {
    if (this.#stopped) return bytes;
    if (memory === this.#ahead) {
      this.#ahead = undefined;
      return this.push(memory, 0, bytes);
    }
    const data = Math.min(bytes, this.#left);
    this.#left -= data;
    this.#sink.onDataPlaced(data);
    if (this.#left === 0) this.#endDataPayload();
    if (bytes > data) this.#readHeader(memory, data, bytes);
    return bytes;
  }

  #readHeader(chunk: Uint8Array, at: number, end: number): number {
    if (this.#filled === 0 && end - at >= FRAME_HEADER_BYTES) {
      this.#parseHeader(chunk, at);
      return at + FRAME_HEADER_BYTES;
    }
    while (at < end && this.#filled < FRAME_HEADER_BYTES) {
      this.#head[this.#filled++] = chunk[at++]!;
    }
    if (this.#filled === FRAME_HEADER_BYTES) {
      this.#filled = 0;
      this.#parseHeader(this.#head, 0);
    }
    return at;
  }

  #parseHeader(bytes: Uint8Array, at: number): void {
    const header = this.#header;
    header.length = bytes[at]! << 16 | bytes[at + 1]! << 8 | bytes[at + 2]!;
    header.type = bytes[at + 3]!;
    header.flags = bytes[at + 4]!;
    // The reserved bit is ignored (section 4.1).
    header.streamId = readUint32(bytes, at + 5) & 0x7fffffff;
    this.work -= workOf(header);
    const wanted = this.#sink.onFrameHeader(header);
    if (header.type === FRAME.DATA) this.#beginDataPayload();
    else {
      this.#left = Math.min(wanted, header.length);
      this.#rest = header.length - this.#left;
      if (this.#left > 0) this.#state = State.PAYLOAD;
      else this.#endPayload(new Uint8Array(0));
    }
  }

  #beginDataPayload(): void {
    const { flags, length } = this.#header;
    if (flags & FLAG.PADDED) {
      if (length === 0) {
        throw new Http2Error(
          "FRAME_SIZE_ERROR",
          "a padded DATA frame without a pad length",
        );
      }
      this.#state = State.PAD_LENGTH;
    } else {
      this.#rest = 0;
      this.#left = length;
      if (length > 0) this.#state = State.DATA;
      else this.#endDataPayload();
    }
  }

  /** Section 6.1. */
  #readPadLength(padding: number): void {
    const { length } = this.#header;
    if (padding >= length) {
      throw new Http2Error(
        "PROTOCOL_ERROR",
        `a DATA frame of ${length} bytes with ${padding} bytes of padding`,
      );
    }
    this.#rest = padding;
    this.#left = length - 1 - padding;
    if (this.#left > 0) this.#state = State.DATA;
    else this.#endDataPayload();
  }

  #endDataPayload(): void {
    this.#left = this.#rest;
    if (this.#left > 0) this.#state = State.PADDING;
    else {
      this.#state = State.HEADER;
      this.#sink.onDataFrameEnd(this.#header);
    }
  }

  #endSkip(): void {
    const wasPadding = this.#state === State.PADDING;
    this.#state = State.HEADER;
    if (wasPadding) this.#sink.onDataFrameEnd(this.#header);
  }

  #readPayload(chunk: Uint8Array, at: number, end: number): number {
    const stop = Math.min(end, at + this.#left);
    const whole = this.#filled === 0 && stop - at === this.#left;
    if (whole) {
      this.#left = 0;
      this.#endPayload(chunk.subarray(at, stop));
      return stop;
    }
    if (this.#filled === 0) this.#payload = new Uint8Array(this.#left);
    this.#payload.set(chunk.subarray(at, stop), this.#filled);
    this.#filled += stop - at;
    this.#left -= stop - at;
    if (this.#left === 0) {
      const payload = this.#payload;
      this.#payload = new Uint8Array(0);
      this.#filled = 0;
      this.#endPayload(payload);
    }
    return stop;
  }

  #endPayload(payload: Uint8Array): void {
    this.#left = this.#rest;
    this.#state = this.#left > 0 ? State.SKIP : State.HEADER;
    this.#sink.onFrame(this.#header, payload);
  }
}

/** Estimates the work of a frame, in frames without data. */
function workOf({ type, length }: FrameHeader): number {
  if (type === FRAME.DATA) return dataWork(length);
  return type === FRAME.HEADERS ? 1 + HEADERS_WORK : 1;
}
