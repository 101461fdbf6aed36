/** Frames of HTTP/2, settings and header lists that the tests send by hand. */

import { FLAG, FRAME } from "../../../internal/http2/frame/frame.ts";
import {
  encodeFrame,
  encodeWindowUpdate,
} from "../../../internal/http2/frame/frame_writer.ts";
import type { HeaderList } from "../../../internal/http2/hpack/header.ts";

export const SETTING = {
  headerTableBytes: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowBytes: 4,
  maxFrameBytes: 5,
  maxHeaderListBytes: 6,
} as const;

export const REQUEST: HeaderList = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/x"],
  [":authority", "test"],
  ["te", "trailers"],
  ["content-type", "application/grpc"],
];

export const RESPONSE: HeaderList = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];

export function uint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function settingsFrame(
  settings: readonly (readonly [number, number])[],
): Uint8Array {
  return encodeFrame(
    FRAME.SETTINGS,
    0,
    0,
    Uint8Array.from(
      settings.flatMap(([id, value]) => [0, id, ...uint32(value)]),
    ),
  );
}

/** What a peer owes for each SETTINGS frame (RFC 9113, section 6.5.3). */
export const SETTINGS_ACK: Uint8Array = encodeFrame(
  FRAME.SETTINGS,
  FLAG.ACK,
  0,
);

/** A message of gRPC with its prefix. */
export function grpcMessage(bytes: number, fill = 0): Uint8Array {
  const message = new Uint8Array(5 + bytes).fill(fill);
  message.set([0, ...uint32(bytes)]);
  return message;
}

export { encodeFrame, encodeWindowUpdate, FLAG, FRAME };
