/** Makes messages of bytes that are encoded already. */

import type { OutgoingMessage } from "./transport.ts";

/** Makes a message of one chunk. */
export function singleMessage(bytes: Uint8Array): OutgoingMessage {
  return { byteLength: bytes.byteLength, chunks: [bytes] };
}
