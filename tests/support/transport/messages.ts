/** Messages that the tests of transports send. */

import type { OutgoingMessage } from "../../../internal/seam/transport.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message of some text, in two chunks. */
export function message(text: string): OutgoingMessage {
  const bytes = encoder.encode(text);
  const half = bytes.length >> 1;
  return {
    byteLength: bytes.length,
    chunks: [
      bytes.subarray(0, half),
      new Uint8Array(),
      bytes.subarray(half),
    ],
  };
}

/** A message of `byteLength` bytes with the value `fill`. */
export function block(byteLength: number, fill = 0): OutgoingMessage {
  return { byteLength, chunks: [new Uint8Array(byteLength).fill(fill)] };
}

/** The text of a received message. */
export function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
