/** Flight.proto: FlightEndpoint. */

import { field, optional, repeated } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { bytesOrNone } from "../message/scalars.ts";
import { type Location, locationCodec, type LocationInit } from "./location.ts";
import { type Ticket, ticketCodec, type TicketInit } from "./ticket.ts";
import { timestampCodec } from "./timestamp.ts";

/** One part of a data set and where it can be read. */
export interface FlightEndpoint {
  /** What `doGet` takes to read this part. */
  readonly ticket: Ticket;
  /**
   * Equivalent places to read it from. An empty list, as `arrow-flight-reuse-connection://?`, means
   * the connection on which the FlightInfo came.
   */
  readonly locations: readonly Location[];
  /**
   * When the ticket ceases to be valid; `undefined` for never. In milliseconds; `epochNanoseconds`
   * knows the nanoseconds, and this Date sent back, as to renew the endpoint, has them too. A time
   * beyond all Dates is the last one that there is.
   */
  readonly expirationTime?: Date | undefined;
  /** Application bytes; `undefined` where there are none. */
  readonly appMetadata?: Uint8Array | undefined;
}

/** What a service may give for an endpoint: short forms of ticket and locations are accepted. */
export interface FlightEndpointInit {
  /** The ticket: a `Ticket` object, bytes or text. */
  readonly ticket: TicketInit;
  /** Equivalent places; none, the default, means this connection. */
  readonly locations?: readonly LocationInit[] | undefined;
  /** When the ticket ceases to be valid, in the years 1 to 9999; never by default. */
  readonly expirationTime?: Date | undefined;
  /** Application bytes; none by default. */
  readonly appMetadata?: Uint8Array | undefined;
}

/** The codec of {@linkcode FlightEndpoint}. */
export const flightEndpointCodec: MessageType<
  FlightEndpoint,
  FlightEndpointInit
> = message("arrow.flight.protocol.FlightEndpoint", {
  ticket: field(1, ticketCodec),
  locations: repeated(2, locationCodec),
  expirationTime: optional(3, timestampCodec),
  appMetadata: field(4, bytesOrNone),
});
