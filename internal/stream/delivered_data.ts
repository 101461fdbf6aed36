/** Data that an earlier answer had in it: to read its ticket takes no call. */

import { toSource } from "../base/source.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import type { TicketInit } from "../protocol/ticket.ts";
import type { CallResponse } from "../seam/transport.ts";

const delivered = new WeakMap<object, readonly Uint8Array[]>();

/**
 * Makes a ticket of data that is there already.
 *
 * @param messages The FlightData messages that DoGet would give.
 * @returns The ticket, for the client that has received them.
 */
export function ticketOfDelivered(
  messages: readonly Uint8Array[],
): { readonly ticket: Uint8Array } {
  const ticket = { ticket: new Uint8Array() };
  delivered.set(ticket, messages);
  return ticket;
}

/** The answer to a ticket of {@linkcode ticketOfDelivered}; `undefined` for any other. */
export function deliveredData(
  ticket: TicketInit,
): CallResponse<Uint8Array> | undefined {
  const messages = typeof ticket === "object"
    ? delivered.get(ticket)
    : undefined;
  return messages && {
    headers: Promise.resolve(new FlightHeaders()),
    trailers: () => new FlightHeaders(),
    messages: toSource(messages),
  };
}
