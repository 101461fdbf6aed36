/** Flight.proto: FlightEndpoint. */

import { field, optional, repeated } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { bytesOrTextOrNone } from "../message/scalars.ts";
import { type Location, locationCodec, type LocationInit } from "./location.ts";
import { type Ticket, ticketCodec, type TicketInit } from "./ticket.ts";
import { timestampCodec } from "./timestamp.ts";

/** One part of a data set and where it can be read. */
export interface FlightEndpoint {
  /** Ticket for this part, for `doGet`. */
  readonly ticket: Ticket;
  /**
   * Equivalent places to read it from. An empty list, as `arrow-flight-reuse-connection://?`, means
   * the connection on which the FlightInfo came.
   */
  readonly locations: readonly Location[];
  /**
   * Expiration time of the ticket; `undefined` for never. It is in milliseconds. `epochNanoseconds`
   * returns the nanoseconds, and this Date keeps them when it is sent back, for example to renew
   * the endpoint. A time beyond the range of Date is the last possible one.
   */
  readonly expirationTime?: Date | undefined;
  /** Application bytes; `undefined` where there are none. */
  readonly appMetadata?: Uint8Array | undefined;
}

/** Endpoint as a service may give it, with short forms of ticket and locations. */
export interface FlightEndpointInit {
  /** The ticket: a `Ticket` object, bytes or text. */
  readonly ticket: TicketInit;
  /** Equivalent places; none, the default, means this connection. */
  readonly locations?: readonly LocationInit[] | undefined;
  /** Expiration time of the ticket, in the years 1 to 9999. Default: never. */
  readonly expirationTime?: Date | undefined;
  /** Application bytes, or text that is sent as UTF-8; none by default. */
  readonly appMetadata?: Uint8Array | string | undefined;
}

/** The codec of {@linkcode FlightEndpoint}. */
export const flightEndpointCodec: MessageType<
  FlightEndpoint,
  FlightEndpointInit
> = message("arrow.flight.protocol.FlightEndpoint", {
  ticket: field(1, ticketCodec),
  locations: repeated(2, locationCodec),
  expirationTime: optional(3, timestampCodec),
  appMetadata: field(4, bytesOrTextOrNone),
});
