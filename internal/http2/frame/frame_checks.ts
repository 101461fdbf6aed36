/** Checks of frame headers: RFC 9113, sections 4.2 and 6. */

import { FLAG, FRAME, type FrameHeader } from "./frame.ts";
import { type ErrorCodeName, Http2Error } from "./http2_error.ts";

/**
 * Longest SETTINGS that are read, in bytes: there are six settings of 6 bytes.
 */
const MAX_SETTINGS_BYTES = 6 * 100;

/** Most bytes of a GOAWAY that are read: its debug data is for humans. */
const MAX_GOAWAY_BYTES = 512;

/** Limits for {@linkcode checkFrameHeader}. */
export interface FrameLimits {
  /** Our SETTINGS_MAX_FRAME_SIZE. */
  readonly maxFrameBytes: number;
  /** Largest payload of HEADERS or CONTINUATION, in bytes. */
  readonly maxHeaderBlockBytes: number;
}

/**
 * Checks a frame header, before any of its payload is kept.
 *
 * @param header The header.
 * @param limits The limits.
 * @returns The number of useful bytes in the payload.
 * @throws {Http2Error} An error of the connection.
 */
export function checkFrameHeader(
  header: FrameHeader,
  limits: FrameLimits,
): number {
  const { length, type, flags, streamId } = header;
  if (length > limits.maxFrameBytes) {
    fail("FRAME_SIZE_ERROR", `a frame of ${length} bytes`);
  }
  switch (type) {
    case FRAME.DATA:
      needStream(header, "DATA");
      return length;
    case FRAME.HEADERS:
      needStream(header, "HEADERS");
      return headerBlock(header, limits);
    case FRAME.CONTINUATION:
      return headerBlock(header, limits);
    case FRAME.PRIORITY:
      needStream(header, "PRIORITY");
      return Math.min(length, 5);
    case FRAME.RST_STREAM:
      needStream(header, "RST_STREAM");
      needLength(length === 4, "RST_STREAM", length);
      return length;
    case FRAME.SETTINGS:
      needConnection(streamId, "SETTINGS");
      needLength(
        flags & FLAG.ACK ? length === 0 : length % 6 === 0,
        "SETTINGS",
        length,
      );
      if (length > MAX_SETTINGS_BYTES) {
        fail("ENHANCE_YOUR_CALM", `SETTINGS of ${length} bytes`);
      }
      return length;
    case FRAME.PUSH_PROMISE:
      // Clients cannot push (8.4), and servers must not: our SETTINGS forbid
      // it.
      return fail("PROTOCOL_ERROR", "PUSH_PROMISE");
    case FRAME.PING:
      needConnection(streamId, "PING");
      needLength(length === 8, "PING", length);
      return length;
    case FRAME.GOAWAY:
      needConnection(streamId, "GOAWAY");
      needLength(length >= 8, "GOAWAY", length);
      return Math.min(length, MAX_GOAWAY_BYTES);
    case FRAME.WINDOW_UPDATE:
      needLength(length === 4, "WINDOW_UPDATE", length);
      return length;
    default:
      // Unknown types are ignored (section 4.1).
      return 0;
  }
}

function fail(code: ErrorCodeName, problem: string): never {
  throw new Http2Error(code, problem);
}

function needStream({ streamId }: FrameHeader, name: string): void {
  if (streamId === 0) fail("PROTOCOL_ERROR", `${name} without a stream`);
}

function needConnection(streamId: number, name: string): void {
  if (streamId !== 0) fail("PROTOCOL_ERROR", `${name} on stream ${streamId}`);
}

function needLength(isRight: boolean, name: string, length: number): void {
  if (!isRight) fail("FRAME_SIZE_ERROR", `${name} of ${length} bytes`);
}

function headerBlock({ length }: FrameHeader, limits: FrameLimits): number {
  if (length > limits.maxHeaderBlockBytes) {
    fail(
      "ENHANCE_YOUR_CALM",
      `a header block of ${length} bytes or more (option maxHeaderListBytes)`,
    );
  }
  return length;
}
