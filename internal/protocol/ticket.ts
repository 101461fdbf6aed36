/** Flight.proto: Ticket. */

import { toBytes } from "../base/bytes.ts";
import { valueName } from "../base/value_name.ts";
import { field } from "../message/fields.ts";
import { accepting, message, type MessageType } from "../message/message.ts";
import { bytes } from "../message/scalars.ts";

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
    const hint = typeof init?.ticket === "object"
      ? " (of an endpoint it is endpoint.ticket)"
      : "";
    throw new TypeError(
      "A ticket must be text, a Uint8Array or { ticket: Uint8Array }, not " +
        valueName(init) + hint,
    );
  }
  return init;
}

/** The codec of {@linkcode Ticket}. */
export const ticketCodec: MessageType<Ticket, TicketInit> = accepting(
  message<Ticket>("arrow.flight.protocol.Ticket", { ticket: field(1, bytes) }),
  toTicket,
);
