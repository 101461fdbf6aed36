/** Flight.proto: Ticket. */

import { toBytes } from "../base/bytes.ts";
import { valueName } from "../base/value_name.ts";
import { field } from "../message/fields.ts";
import { accepting, message, type MessageType } from "../message/message.ts";
import { bytes } from "../message/scalars.ts";
import { type Received, received } from "./received.ts";

/** An opaque handle of the data of one endpoint; only the server that made it can read it. */
export interface Ticket {
  /** The bytes of the ticket. */
  readonly ticket: Uint8Array;
}

/** A ticket in any of its forms: a `Ticket` object, its bytes, or its UTF-8 text. */
export type TicketInit = Ticket | Uint8Array | string;

/** Makes a `Ticket` of any of its forms. */
export function toTicket(init: TicketInit): Ticket {
  if (typeof init === "string" || init instanceof Uint8Array) {
    return { ticket: toBytes(init) };
  }
  if (!(init?.ticket instanceof Uint8Array)) {
    throw new TypeError(
      "A ticket must be text, a Uint8Array or { ticket: Uint8Array }, not " +
        valueName(init) + hintFor(init),
    );
  }
  return init;
}

/** The codec of {@linkcode Ticket}. */
export const ticketCodec: MessageType<Ticket, TicketInit> = accepting(
  message<Ticket>("arrow.flight.protocol.Ticket", { ticket: field(1, bytes) }),
  toTicket,
);

/** Gives a ticket the methods that a handler gets it with. */
export const receivedTicket: (ticket: Ticket) => Ticket & Received = received(
  "Ticket.ticket",
  ({ ticket }: Ticket) => ticket,
);

/** Names the call or the part that fits a value which is not a ticket. */
function hintFor(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  if ("endpoints" in value) return " (read() reads a FlightInfo)";
  if ("ticket" in value) return " (of an endpoint it is endpoint.ticket)";
  return "path" in value || "cmd" in value
    ? " (getStream() and getTable() read a descriptor)"
    : "";
}
