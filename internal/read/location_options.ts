/** How a client reaches the locations of endpoints that are not its own. */

import type { IpcReadOptions } from "../core/ipc_options.ts";
import type { TypeMap } from "apache-arrow";
import type { FlightCallOptions } from "../core/call_options.ts";
import type { Location } from "../protocol/location.ts";
import type { TicketInit } from "../protocol/ticket.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import type { FlightStream } from "../stream/flight_stream.ts";

/** What endpoints are read with: every FlightClient is one. */
export interface LocationClient {
  /**
   * DoGet, as FlightClient has it.
   *
   * @param ticket The ticket of an endpoint.
   * @param options Options of the call.
   * @returns The record batches.
   */
  doGet<T extends TypeMap = AnyColumns>(
    ticket: TicketInit,
    options?: FlightCallOptions,
  ): FlightStream<T>;
  /**
   * Closes the connection.
   *
   * @returns Resolves when nothing is held any more.
   */
  close(): Promise<void>;
}

/** Options of a client that say how `read` reaches other locations than the client's own. */
export interface LocationOptions {
  /**
   * Connects to another gRPC location. The client that it returns is trusted with the headers of the
   * read; it is kept for other endpoints there, and closed with this client, or when nobody has used
   * it for `locationIdleMs`. `undefined` means that the location is not to be used.
   *
   * Default: `connect`, with the limits of this client and with what it accepts of servers, but without
   * its headers and its certificate: whoever makes a FlightInfo can name any host in it, which would
   * get them. A client with TLS connects to no location without it. A client in memory connects to no
   * other location at all.
   */
  readonly connectLocation?:
    | ((location: Location) => LocationClient | undefined)
    | undefined;
  /**
   * Fetches `http(s)://` locations. It is given GET requests that hold no credentials but those of the
   * URI. What it throws means that the location cannot be reached, unless it is a FlightError.
   *
   * The twin of `connectLocation`. Default: the `fetch` of the runtime; a client with TLS does not fetch `http://`.
   */
  readonly fetchLocation?:
    | ((request: Request) => Promise<Response>)
    | undefined;
  /**
   * Largest Arrow IPC file at an `http(s)://` location that is held in memory, in bytes, 1 or more, for
   * each endpoint that is read; 256 MiB by default, `Infinity` for no bound. A file is read by its
   * footer, which is at its end: where the server has no ranges (RFC 9110, section 14), or no strong
   * validator for them, all of the file has to be held. Beyond it the read fails with
   * RESOURCE_EXHAUSTED.
   */
  readonly maxFileBytes?: number | undefined;
  /**
   * How long a connection to another location stays open when nobody uses it, in milliseconds, 1 to
   * 2³¹ − 1; 60,000 by default.
   */
  readonly locationIdleMs?: number | undefined;
}

/** The location of a client, and its default way to other locations. */
export interface ClientOrigin extends IpcReadOptions {
  /** Its own location; `undefined` where it has none. */
  readonly location?: Location | undefined;
  /** Connects to another gRPC location, without anything that says who the caller is. */
  readonly connect?: ((location: Location) => LocationClient) | undefined;
  /** Largest message that is accepted over HTTP, in bytes; 256 MiB by default. */
  readonly maxReceiveMessageBytes?: number | undefined;
}
