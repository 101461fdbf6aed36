/** The frames of the subprotocol: docs/websocket.md, "Frames". */

import { writeUint32 } from "../../base/bytes.ts";
import { FlightError } from "../../core/flight_error.ts";
import { headerBlock, parseTrailers } from "../../grpc/web/trailer_frame.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";

/** The subprotocol, as it is named in the upgrade. */
export const SUBPROTOCOL = "grpc-web-stream.v1";

/** Bytes of DATA that each side may send before any CREDIT. */
export const INITIAL_CREDIT_BYTES = 65_535;

/** Most bytes that a side may be allowed to send. */
export const MAX_CREDIT_BYTES: number = 2 ** 31 - 1;

/** Size of what is before the content of a frame: its type and its length. */
export const HEAD_BYTES = 5;

/** The first byte of each frame. */
export const FRAME = {
  DATA: 0,
  HEADERS: 1,
  HALF_CLOSE: 2,
  TRAILERS: 3,
  CREDIT: 4,
  PING: 5,
  PONG: 6,
} as const;

/** Length of the content of the frames that have only one. */
const LENGTHS: Readonly<Record<number, number>> = {
  [FRAME.HALF_CLOSE]: 0,
  [FRAME.CREDIT]: 4,
  [FRAME.PING]: 0,
  [FRAME.PONG]: 0,
};

/** Names of the types, for errors. */
const NAMES: readonly string[] = Object.keys(FRAME);

/** Makes the error of a peer that broke the rules. */
export function faultError(text: string): FlightError {
  return new FlightError("INTERNAL", text, { origin: "remote" });
}

/** A frame that was received. */
export interface Frame {
  readonly type: number;
  readonly content: Uint8Array;
}

/**
 * Reads a frame.
 *
 * @param message The message that has it.
 * @param at Its place.
 * @throws {FlightError} INTERNAL when there is none.
 */
export function frameAt(message: Uint8Array, at: number): Frame {
  const type = message[at];
  if (type === undefined) throw faultError("a message of the socket is empty");
  const name = NAMES[type];
  if (name === undefined) throw faultError(`a frame has the type ${type}`);
  const start = at + HEAD_BYTES;
  const byteLength = start <= message.length ? uint32(message, at + 1) : 0;
  if (start + byteLength > message.length) {
    throw faultError(`a frame ${name} exceeds its message`);
  }
  if ((LENGTHS[type] ?? byteLength) !== byteLength) {
    throw faultError(
      `a frame ${name} has ${byteLength} bytes instead of ${LENGTHS[type]}`,
    );
  }
  return { type, content: message.subarray(start, start + byteLength) };
}

/** Makes a frame whose content is still to be filled in. */
export function newFrame(type: number, byteLength: number): Uint8Array {
  const frame = new Uint8Array(HEAD_BYTES + byteLength);
  frame[0] = type;
  writeUint32(frame, 1, byteLength);
  return frame;
}

/** Makes a frame without content. */
export function plainFrame(type: number): Uint8Array {
  return newFrame(type, 0);
}

/** Makes a frame that lets the peer send more. */
export function creditFrame(bytes: number): Uint8Array {
  const frame = newFrame(FRAME.CREDIT, 4);
  writeUint32(frame, HEAD_BYTES, bytes);
  return frame;
}

/** Returns the bytes of a CREDIT. */
export function creditOf({ content }: Frame): number {
  return uint32(content, 0);
}

/** Makes a frame of headers or trailers. */
export function blockFrame(type: number, list: readonly Header[]): Uint8Array {
  const frame = headerBlock(list, HEAD_BYTES);
  frame[0] = type;
  writeUint32(frame, 1, frame.length - HEAD_BYTES);
  return frame;
}

/**
 * Reads the list of headers or trailers.
 *
 * @throws {FlightError} RESOURCE_EXHAUSTED when it has more than `maxBytes`; INTERNAL when it is none.
 */
export function blockOf(
  { type, content }: Frame,
  maxBytes: number,
): HeaderList {
  const what = type === FRAME.HEADERS ? "headers" : "trailers";
  if (content.length > maxBytes) {
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `the ${what} of ${content.length} bytes exceed the limit of ` +
        `${maxBytes} bytes (option maxHeaderListBytes)`,
    );
  }
  const list = parseTrailers(content);
  if (list === undefined) {
    throw faultError(`a line in the ${what} has no colon`);
  }
  return list;
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}
