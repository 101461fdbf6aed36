/** Flight.proto: Ticket. */

import { toBytes } from "../base/bytes.ts";

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
      "A ticket is a string, a Uint8Array or an object { ticket: Uint8Array }",
    );
  }
  return init;
}
