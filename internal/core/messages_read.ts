/**
 * The trailer in which a server reports its progress in an upload that it did not read to the end.
 * The status is OK nonetheless, as gRPC allows. Peers that do not know the trailer ignore it.
 */

import type { FlightHeaders } from "./flight_headers.ts";

const MESSAGES_READ = "x-flight-messages-read";

/** Reports that `count` messages of the client were read. */
export function setMessagesRead(trailers: FlightHeaders, count: number): void {
  trailers.set(MESSAGES_READ, String(count));
}

/** Number of messages that the server has read; `undefined` if it does not say. */
export function messagesRead(trailers: FlightHeaders): number | undefined {
  const text = trailers.get(MESSAGES_READ) ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
