/** Flight.proto: Ticket. */

import { type Ticket, type TicketInit, toTicket } from "../protocol/ticket.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/ticket.ts";
import { decodeMessage } from "../message/decode_message.ts";

/**
 * Encodes a Ticket.
 *
 * @param ticket The ticket, in any of its forms.
 * @returns The message.
 * @throws {TypeError} When it is none of these forms.
 */
export function encodeTicket(ticket: TicketInit): Uint8Array {
  return finish(proto.encodeTicket(toTicket(ticket)));
}

/**
 * Decodes a Ticket.
 *
 * @param bytes The message.
 * @returns The ticket, a view on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeTicket(bytes: Uint8Array): Ticket {
  return decodeMessage("Ticket", bytes, proto.decodeTicket);
}
