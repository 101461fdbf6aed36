/** For interceptors that speak for a client or a service: what messages really are. */

import type { FlightCallMessage } from "../interceptors/interceptor.ts";

/** The bytes of a message that was received: an answer for a client, a request for a server. */
export function receivedBytes(message: FlightCallMessage): Uint8Array {
  return message as Uint8Array;
}
