/**
 * The trailer in which a server says how far it has read an upload that it did not read to its end:
 * the status is OK then all the same, as gRPC allows. Peers that do not know it ignore it.
 */

import type { FlightHeaders } from "./flight_headers.ts";

const MESSAGES_READ = "x-flight-messages-read";

/** Says that `count` messages of the client were read. */
export function setMessagesRead(trailers: FlightHeaders, count: number): void {
  trailers.set(MESSAGES_READ, String(count));
}

/** How many messages the server has read; `undefined` where it does not say. */
export function messagesRead(trailers: FlightHeaders): number | undefined {
  const text = trailers.get(MESSAGES_READ) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
