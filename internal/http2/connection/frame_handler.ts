/** Handles incoming frames: RFC 9113, sections 5.1, 6 and 8.1. */

import {
  contentLengthOf,
  fieldOf,
  type HeaderKind,
  problemOf,
} from "../frame/field_rules.ts";
import { FloodGuard } from "../frame/flood_guard.ts";
import type { FlowControl } from "./flow_control.ts";
import {
  FLAG,
  FRAME,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  readUint32,
} from "../frame/frame.ts";
import { checkFrameHeader, type FrameLimits } from "../frame/frame_checks.ts";
import type { FrameSink } from "../frame/frame_reader.ts";
import { type HeaderBlock, HeaderBlockReader } from "../frame/header_block.ts";
import { HpackDecoder } from "../hpack/decoder.ts";
import type { HeaderList } from "../hpack/header.ts";
import {
  type ErrorCodeName,
  errorCodeName,
  Http2Error,
} from "../frame/http2_error.ts";
import type { Http2Stream } from "./stream.ts";
import type { Role, Streams } from "./streams.ts";

/** Connection of a {@linkcode FrameHandler}. */
export interface FrameHandlerHost {
  /** Role of this end. */
  readonly role: Role;
  /** Streams of the connection. */
  readonly streams: Streams;
  /** Receive windows of the connection. */
  readonly flow: FlowControl;
  /** Handles a SETTINGS frame that is no acknowledgement. */
  onSettingsFrame(payload: Uint8Array): void;
  /** Handles an acknowledgement of our SETTINGS. */
  onSettingsAckFrame(): void;
  /** Handles a PING frame. */
  onPingFrame(payload: Uint8Array, isAck: boolean): void;
  /** Handles a GOAWAY frame. */
  onGoawayFrame(lastStreamId: number, code: ErrorCodeName, debug: string): void;
  /** Handles a WINDOW_UPDATE frame. */
  onWindowUpdateFrame(streamId: number, increment: number): void;
  /** Handles the end of a stream by RST_STREAM. */
  onResetFrame(stream: Http2Stream, code: ErrorCodeName): void;
  /** Begins a stream of a client; undefined if it is refused. */
  acceptStream(streamId: number): Http2Stream | undefined;
  /** Handles a violation by the peer on a stream, which may be open or not. */
  failStream(error: Http2Error): void;
}

/** Limits for frames of a peer. */
export interface FrameHandlerLimits {
  /** Our SETTINGS_MAX_FRAME_SIZE. */
  readonly maxFrameBytes: number;
  /** Largest list of headers or trailers, in bytes. */
  readonly maxHeaderListBytes: number;
}

/**
 * Smallest DATA frame that is expected to repeat, in bytes: smaller ones are
 * better read several at a time.
 */
const MIN_ALIKE_BYTES: number = 48 * 1024;

/**
 * Number of such frames of one stream before another is expected, and most that
 * are counted: each small frame counts against them.
 */
const MIN_ALIKE = 2;
const MAX_ALIKE = 4;

/** Cost of a stream that ends before it is answered, in frames. */
export const RESET_COST = 2;

/** Processes the frames of one connection and enforces its rules. */
export class FrameHandler implements FrameSink {
  /**
   * Limits PING, SETTINGS, PRIORITY, WINDOW_UPDATE, RST_STREAM, unknown and empty frames. Data refills it: a
   * well-behaved peer answers data with WINDOW_UPDATE and PING.
   */
  readonly flood: FloodGuard = new FloodGuard();
  /**
   * Limits streams that end before an answer, and calls of unknown methods. Data does not refill it: a peer could
   * have us send a few bytes for each.
   */
  readonly wasted: FloodGuard = new FloodGuard();
  readonly #host: FrameHandlerHost;
  readonly #frameLimits: FrameLimits;
  readonly #decoder: HpackDecoder;
  readonly #blocks: HeaderBlockReader;
  #hasSettings = false;
  /** Stream of the current DATA frame, if its data is wanted. */
  #dataStream: Http2Stream | undefined;
  /** Bytes of that frame that were data, not padding. */
  #dataBytes = 0;
  /** Stream of the last DATA frames, and the number of large ones. */
  #lastStream: Http2Stream | undefined;
  #alike = 0;
  /** Memory for the next frame, which may be read into, or was not used. */
  #ahead: Uint8Array | undefined;

  /**
   * @param host The connection.
   * @param limits Limits for the peer.
   */
  constructor(host: FrameHandlerHost, limits: FrameHandlerLimits) {
    this.#host = host;
    const maxHeaderListBytes = limits.maxHeaderListBytes;
    // Larger than the list, but bounded: a list that is too large ends one
    // call, a block that is too large the connection.
    const maxHeaderBlockBytes = 4 * maxHeaderListBytes;
    this.#frameLimits = {
      maxFrameBytes: limits.maxFrameBytes,
      maxHeaderBlockBytes,
    };
    this.#decoder = new HpackDecoder({ maxHeaderListBytes });
    this.#blocks = new HeaderBlockReader(maxHeaderBlockBytes);
  }

  /** Size of the last header list, in bytes. */
  get listBytes(): number {
    return this.#decoder.listBytes;
  }

  /** Notes that a stream has ended as it should, which makes up for another one. */
  earnStream(): void {
    this.flood.earn(RESET_COST);
    this.wasted.earn(RESET_COST);
  }

  onFrameHeader(header: FrameHeader): number {
    const { type, streamId } = header;
    if (!this.#hasSettings && (type !== FRAME.SETTINGS || header.flags !== 0)) {
      // Section 3.4.
      throw new Http2Error("PROTOCOL_ERROR", "a preface without SETTINGS");
    }
    const expected = this.#blocks.streamId;
    if (
      expected !== undefined &&
      (type !== FRAME.CONTINUATION || streamId !== expected)
    ) {
      throw new Http2Error(
        "PROTOCOL_ERROR",
        "a frame in the middle of a header block",
      );
    }
    const wanted = checkFrameHeader(header, this.#frameLimits);
    if (type === FRAME.DATA) this.#beginDataFrame(header);
    return wanted;
  }

  #beginDataFrame({ length, streamId }: FrameHeader): void {
    this.#dataStream = undefined;
    this.#dataBytes = 0;
    this.#host.flow.receive(length);
    const stream = this.#host.streams.get(streamId);
    if (stream === undefined) {
      this.#checkClosed(streamId, "DATA");
    } else if (stream.remoteEnded) {
      this.#failStream(streamId, "STREAM_CLOSED", "DATA after the end");
    } else if (!stream.hasHeaders) {
      this.#failStream(streamId, "PROTOCOL_ERROR", "DATA before the headers");
    } else if (!stream.flow.receive(length)) {
      this.#failStream(
        streamId,
        "FLOW_CONTROL_ERROR",
        "more data than was allowed",
      );
    } else {
      this.#dataStream = stream;
    }
    if (stream !== this.#lastStream) this.#alike = 0;
    this.#lastStream = stream;
    this.#alike = length >= MIN_ALIKE_BYTES
      ? Math.min(this.#alike + 1, MAX_ALIKE)
      : Math.max(this.#alike - 1, 0);
  }

  onDataFrame(
    _: FrameHeader,
    chunk: Uint8Array,
    start: number,
    end: number,
  ): void {
    const stream = this.#countData(end - start);
    if (stream === undefined || stream.isDiscarding) return;
    if (
      chunk === this.#ahead &&
      stream.listener.alikeData?.takeNext(chunk, start, end)
    ) this.#ahead = undefined;
    else stream.listener.onStreamData(chunk, start, end);
  }

  get isRegular(): boolean {
    return this.#alike >= MIN_ALIKE &&
      (this.#dataStream?.listener.alikeData?.isRegular ?? false);
  }

  placeFrame(): Uint8Array | undefined {
    const stream = this.#lastStream;
    if (
      stream === undefined || this.#alike < MIN_ALIKE ||
      stream.isClosed || stream.isDiscarding || stream.remoteEnded
    ) return this.#ahead = undefined;
    return this.#ahead = stream.listener.alikeData?.placeNext(
      FRAME_HEADER_BYTES,
      this.#ahead,
    );
  }

  placeData(bytes: number): Uint8Array | undefined {
    const stream = this.#dataStream;
    if (stream === undefined || stream.isClosed || stream.isDiscarding) {
      return undefined;
    }
    return stream.listener.placeStreamData(bytes);
  }

  onDataPlaced(bytes: number): void {
    const stream = this.#countData(bytes);
    if (stream && !stream.isDiscarding) {
      stream.listener.onStreamDataPlaced(bytes);
    }
  }

  /** Counts data, and returns its stream if that is still open. */
  #countData(bytes: number): Http2Stream | undefined {
    const stream = this.#dataStream;
    this.#dataBytes += bytes;
    if (stream === undefined || stream.isClosed) return undefined;
    if (!stream.countData(bytes)) return stream;
    this.#failStream(
      stream.id,
      "PROTOCOL_ERROR",
      "more data than its content-length",
    );
    return undefined;
  }

  onDataFrameEnd({ length, flags }: FrameHeader): void {
    const stream = this.#dataStream;
    this.#dataStream = undefined;
    // Padding is credited at once, because no application reads it.
    stream?.flow.read(length - this.#dataBytes);
    this.#host.flow.received();
    // It may have padding.
    if (this.#dataBytes === 0 && !(flags & FLAG.END_STREAM)) {
      this.flood.spend("an empty DATA");
    }
    if (stream === undefined) return;
    if (flags & FLAG.END_STREAM && !stream.isClosed) this.#endStream(stream);
  }

  onFrame(header: FrameHeader, payload: Uint8Array): void {
    const { type, flags, streamId, length } = header;
    switch (type) {
      case FRAME.HEADERS:
        return this.#onBlock(this.#blocks.headers(header, payload));
      case FRAME.CONTINUATION:
        if (length === 0) this.flood.spend("an empty CONTINUATION");
        return this.#onBlock(this.#blocks.continuation(header, payload));
      case FRAME.PRIORITY:
        return this.#onPriority(streamId, payload);
      case FRAME.RST_STREAM:
        return this.#onRstStream(streamId, readUint32(payload, 0));
      case FRAME.SETTINGS:
        this.#hasSettings = true;
        // Each may change the windows of all streams.
        this.flood.spend("SETTINGS", 1 + this.#host.streams.size / 64);
        return flags & FLAG.ACK
          ? this.#host.onSettingsAckFrame()
          : this.#host.onSettingsFrame(payload);
      case FRAME.PING:
        this.flood.spend("PING");
        return this.#host.onPingFrame(payload, (flags & FLAG.ACK) !== 0);
      case FRAME.GOAWAY:
        this.flood.spend("GOAWAY");
        return this.#host.onGoawayFrame(
          readUint32(payload, 0) & 0x7fffffff,
          errorCodeName(readUint32(payload, 4)),
          new TextDecoder().decode(payload.subarray(8)),
        );
      case FRAME.WINDOW_UPDATE:
        return this.#onWindowUpdate(streamId, readUint32(payload, 0));
      default:
        this.flood.spend("an unknown one");
    }
  }

  /** Sections 5.3.2 and 6.3: priorities are deprecated and ignored. */
  #onPriority(streamId: number, payload: Uint8Array): void {
    this.flood.spend("PRIORITY");
    if (payload.length < 5) {
      this.#failStream(streamId, "FRAME_SIZE_ERROR", "a short PRIORITY");
    } else if ((readUint32(payload, 0) & 0x7fffffff) === streamId) {
      this.#failStream(
        streamId,
        "PROTOCOL_ERROR",
        "a stream that depends on itself",
      );
    }
  }

  /** Section 6.4. */
  #onRstStream(streamId: number, code: number): void {
    this.#checkNotIdle(streamId, "RST_STREAM");
    const stream = this.#host.streams.get(streamId);
    // A server that resets our streams is only as fast as we are.
    if (!stream || this.#host.role === "server") {
      const isWasted = stream && !stream.isAnswered;
      const guard = isWasted ? this.wasted : this.flood;
      guard.spend("RST_STREAM", RESET_COST);
    }
    if (stream) this.#host.onResetFrame(stream, errorCodeName(code));
  }

  /** Section 6.9. */
  #onWindowUpdate(streamId: number, value: number): void {
    this.flood.spend("WINDOW_UPDATE");
    const increment = value & 0x7fffffff;
    if (streamId !== 0) this.#checkNotIdle(streamId, "WINDOW_UPDATE");
    if (increment === 0) {
      const problem = "a WINDOW_UPDATE of 0";
      if (streamId === 0) throw new Http2Error("PROTOCOL_ERROR", problem);
      this.#failStream(streamId, "PROTOCOL_ERROR", problem);
    } else {
      this.#host.onWindowUpdateFrame(streamId, increment);
    }
  }

  #onBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    const { streamId, endStream } = block;
    // Also if it is unwanted: the decoder must see every block (4.3).
    const headers = this.#decoder.decode(block.bytes);
    const { streams } = this.#host;
    let stream = streams.get(streamId);
    if (stream === undefined) {
      const closing = streams.closing(streamId);
      if (closing === "ended") {
        throw new Http2Error("STREAM_CLOSED", "HEADERS after the end");
      }
      if (closing !== undefined) {
        this.flood.spend("HEADERS of a stream that has ended");
        return this.#checkClosed(streamId, "HEADERS");
      }
      if (this.#host.role === "client" && !streams.isIdle(streamId)) return;
      streams.acceptId(streamId);
      if (block.dependsOnItself) {
        return this.#failStream(
          streamId,
          "PROTOCOL_ERROR",
          "a stream that depends on itself",
        );
      }
      const kind = "request";
      if (!this.#isWellFormed(streamId, headers, kind)) return;
      stream = this.#host.acceptStream(streamId);
      if (stream) this.#onMessageHeaders(stream, headers, endStream);
      else this.wasted.spend("a stream that is refused", RESET_COST);
    } else if (stream.remoteEnded) {
      this.#failStream(streamId, "STREAM_CLOSED", "HEADERS after the end");
    } else if (!stream.hasHeaders) {
      if (!this.#isWellFormed(streamId, headers, "response")) return;
      const status = fieldOf(headers ?? [], ":status");
      if (!status?.startsWith("1")) {
        this.#onMessageHeaders(stream, headers, endStream);
      } else if (endStream || status === "101") {
        this.#failStream(streamId, "PROTOCOL_ERROR", `an end with ${status}`);
      } else this.flood.spend("an informational response");
    } else if (!endStream) {
      this.#failStream(streamId, "PROTOCOL_ERROR", "trailers without an end");
    } else if (this.#isWellFormed(streamId, headers, "trailers")) {
      stream.listener.onStreamHeaders(headers, true);
      if (!stream.isClosed) this.#endStream(stream);
    }
  }

  /** Handles the headers of a request or of a final response. */
  #onMessageHeaders(
    stream: Http2Stream,
    headers: HeaderList | undefined,
    endStream: boolean,
  ): void {
    stream.hasHeaders = true;
    stream.contentLength = contentLengthOf(headers ?? []) as number | undefined;
    stream.listener.onStreamHeaders(headers, endStream);
    if (endStream && !stream.isClosed) this.#endStream(stream);
  }

  #isWellFormed(
    streamId: number,
    headers: HeaderList | undefined,
    kind: HeaderKind,
  ): boolean {
    // Most calls of a connection have the same headers.
    const known = this.#decoder.remembered;
    if (headers === undefined || known?.wellFormedAs === kind) return true;
    let problem = problemOf(headers, kind);
    const length = kind === "trailers" ? undefined : contentLengthOf(headers);
    if (typeof length === "string") problem ??= length;
    if (problem === undefined) {
      if (known !== undefined) known.wellFormedAs = kind;
      return true;
    }
    this.#failStream(streamId, "PROTOCOL_ERROR", problem);
    return false;
  }

  #endStream(stream: Http2Stream): void {
    if (stream.isShort) {
      this.#failStream(
        stream.id,
        "PROTOCOL_ERROR",
        "less data than its content-length",
      );
    } else stream.endRemote();
  }

  /** Checks a frame for a stream that is not open (section 5.1, "closed"). */
  #checkClosed(streamId: number, name: string): void {
    this.#checkNotIdle(streamId, name);
    // The peer sent it before it knew that we have ended the stream.
    if (this.#host.streams.closing(streamId) === "reset by us") return;
    this.#failStream(streamId, "STREAM_CLOSED", `${name} after the end`);
  }

  #checkNotIdle(streamId: number, name: string): void {
    if (this.#host.streams.isIdle(streamId)) {
      throw new Http2Error(
        "PROTOCOL_ERROR",
        `${name} on stream ${streamId}, which is idle`,
      );
    }
  }

  /** Fails one stream; this costs as much as a reset. */
  #failStream(streamId: number, code: ErrorCodeName, problem: string): void {
    this.#dataStream = undefined;
    this.wasted.spend(problem, RESET_COST);
    this.#host.failStream(new Http2Error(code, problem, streamId));
  }
}
