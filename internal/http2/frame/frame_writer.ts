/** Writes frames other than DATA: RFC 9113, sections 4.1 and 6.2 to 6.10. */

import { writeUint32 } from "../../base/bytes.ts";
import { FLAG, FRAME, FRAME_HEADER_BYTES } from "./frame.ts";
import { ERROR_CODE, type ErrorCodeName } from "./http2_error.ts";

const EMPTY = new Uint8Array(0);

/** Writes a frame header (section 4.1). */
export function writeFrameHeader(
  bytes: Uint8Array,
  offset: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  bytes[offset] = length >>> 16;
  bytes[offset + 1] = length >>> 8;
  bytes[offset + 2] = length;
  bytes[offset + 3] = type;
  bytes[offset + 4] = flags;
  writeUint32(bytes, offset + 5, streamId);
}

/** Encodes a whole frame. */
export function encodeFrame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = EMPTY,
): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(bytes, 0, payload.length, type, flags, streamId);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/**
 * Encodes a header block in HEADERS and as many CONTINUATION frames as it needs
 * (sections 6.2 and 6.10). No other frame may come between them.
 */
export function encodeHeaders(
  streamId: number,
  block: Uint8Array,
  endStream: boolean,
  maxFrameBytes: number,
): Uint8Array {
  const frames = Math.max(1, Math.ceil(block.length / maxFrameBytes));
  const bytes = new Uint8Array(block.length + frames * FRAME_HEADER_BYTES);
  let at = 0;
  for (let index = 0; index < frames; index++) {
    const start = index * maxFrameBytes;
    const part = block.subarray(start, start + maxFrameBytes);
    const flags = (index === 0 && endStream ? FLAG.END_STREAM : 0) |
      (index === frames - 1 ? FLAG.END_HEADERS : 0);
    const type = index === 0 ? FRAME.HEADERS : FRAME.CONTINUATION;
    writeFrameHeader(bytes, at, part.length, type, flags, streamId);
    bytes.set(part, at + FRAME_HEADER_BYTES);
    at += FRAME_HEADER_BYTES + part.length;
  }
  return bytes;
}

/** Encodes RST_STREAM (section 6.4). */
export function encodeRstStream(
  streamId: number,
  code: ErrorCodeName,
): Uint8Array {
  return encodeFrame(FRAME.RST_STREAM, 0, streamId, uint32(ERROR_CODE[code]));
}

/** Encodes PING (section 6.7). */
export function encodePing(payload: Uint8Array, ack: boolean): Uint8Array {
  return encodeFrame(FRAME.PING, ack ? FLAG.ACK : 0, 0, payload);
}

/** Encodes GOAWAY (section 6.8). */
export function encodeGoaway(
  lastStreamId: number,
  code: ErrorCodeName,
  debug = "",
): Uint8Array {
  const text = new TextEncoder().encode(debug);
  const payload = new Uint8Array(8 + text.length);
  writeUint32(payload, 0, lastStreamId);
  writeUint32(payload, 4, ERROR_CODE[code]);
  payload.set(text, 8);
  return encodeFrame(FRAME.GOAWAY, 0, 0, payload);
}

/** Encodes WINDOW_UPDATE (section 6.9). */
export function encodeWindowUpdate(
  streamId: number,
  increment: number,
): Uint8Array {
  return encodeFrame(FRAME.WINDOW_UPDATE, 0, streamId, uint32(increment));
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return bytes;
}
