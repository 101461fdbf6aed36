/** For interceptors that speak for a client or a service: what messages really are. */

import type { OutgoingMessage } from "../seam/transport.ts";
import type { FlightCallMessage } from "../interceptors/interceptor.ts";

/** A message that is to be sent: a request of a client, an answer of a server. */
export function outgoingMessage(bytes: Uint8Array): OutgoingMessage {
  return { byteLength: bytes.byteLength, chunks: [bytes] };
}

/** The bytes of a message that was received: an answer for a client, a request for a server. */
export function receivedBytes(message: FlightCallMessage): Uint8Array {
  return message as Uint8Array;
}
