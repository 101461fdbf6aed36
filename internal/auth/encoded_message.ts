/** Bytes of messages, for interceptors that act for a client or a service. */

import type { FlightCallMessage } from "../interceptors/interceptor.ts";

/** Returns the bytes of a received message: an answer for a client, a request for a server. */
export function receivedBytes(message: FlightCallMessage): Uint8Array {
  return message as Uint8Array;
}
