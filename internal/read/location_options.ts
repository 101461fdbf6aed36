/** Options for reaching the locations of endpoints that are not the client's own. */

import {
  boundOption,
  functionOption,
  integerOption,
  MAX_TIMER_MS,
  renamedOption,
} from "../core/check_option.ts";
import type { IpcReadOptions } from "../core/ipc_options.ts";
import { DEFAULT_MAX_FILE_BYTES } from "../core/limits.ts";
import type { TypeMap } from "apache-arrow";
import type { FlightCallOptions } from "../core/call_options.ts";
import type { Location } from "../protocol/location.ts";
import type { TicketInit } from "../protocol/ticket.ts";
import type { DataDecoder } from "../stream/data_decoder.ts";
import type { AnyColumns } from "../stream/flight_message.ts";
import type { FlightStream } from "../stream/flight_stream.ts";

/** Default of `locationIdleMs`: a minute. */
const DEFAULT_LOCATION_IDLE_MS = 60_000;

/** Default of `locationTimeoutMs`: five seconds. */
const DEFAULT_LOCATION_TIMEOUT_MS = 5_000;

/**
 * Most unread responses of a server with fetch: each takes a part of a window that the runtime's
 * own HTTP/2 shares among all.
 */
export const MAX_UNREAD_FETCHES = 1;

/** Reads endpoints; every FlightClient is one. */
export interface LocationClient {
  /**
   * Calls DoGet, like FlightClient.
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
   * @returns A promise that resolves when all resources are released.
   */
  close(): Promise<void>;
}

/** The calls of the client that reads, over its own connection. */
export interface OwnCalls {
  /** Calls DoGet; the messages come without a stream around them. */
  getMessages(ticket: TicketInit, options: FlightCallOptions): DataDecoder;
}

/** Options of a client for reaching other locations than its own in `read`. */
export interface LocationOptions {
  /**
   * Connects to another gRPC location. The returned client is trusted with the headers of the read.
   * It is kept for other endpoints there, and closed with this client, or when it was unused for
   * `locationIdleMs`. `undefined` means that the location must not be used.
   *
   * Default: `connect`, with the limits of this client and the certificates that it trusts, but
   * without its headers and its own certificate: the author of a FlightInfo can name any host,
   * which would get them. A client with TLS connects to no location without it. A client in memory
   * connects to no other location at all.
   */
  readonly connectLocation?:
    | ((location: Location) => LocationClient | undefined)
    | undefined;
  /**
   * Fetches `http(s)://` locations. It gets GET requests without credentials, except for those in
   * the URI. If it throws, the location counts as unreachable, unless the error is a FlightError.
   *
   * It is the counterpart of `connectLocation`. Default: the `fetch` of the runtime; a client with
   * TLS does not fetch `http://`.
   */
  readonly fetchLocation?:
    | ((request: Request) => Promise<Response>)
    | undefined;
  /**
   * Largest Arrow IPC file at an `http(s)://` location that is held in memory, in bytes, 1 or more,
   * for each endpoint that is read; `Infinity` for no limit. A file is read by its footer, which is
   * at its end. If the server supports no ranges (RFC 9110, section 14), or has no strong validator
   * for them, the whole file must be held. Beyond the limit the read fails with RESOURCE_EXHAUSTED.
   * Default: 256 MiB.
   */
  readonly maxFileBytes?: number | undefined;
  /**
   * Time after which an unused connection to another location is closed, in milliseconds, 1 to 2³¹
   * − 1. Default: 60,000.
   */
  readonly locationIdleMs?: number | undefined;
  /**
   * Longest time to connect to another gRPC location while its endpoint has one more, in milliseconds, 1 to 2³¹ − 1. Then
   * that is read, and the first counts as unreachable for at least 30 seconds: a firewall may drop all packets to it.
   * `connectTimeoutMs` of this client applies too; clients of `connectLocation` have their own. Default: 5,000.
   */
  readonly locationTimeoutMs?: number | undefined;
}

/** Clients of one location, which share a connection. Closing one closes it. */
export interface LocationClients {
  /** For an endpoint that has no other location. */
  readonly patient: LocationClient;
  /** For an endpoint that has another one. */
  readonly hurried: LocationClient;
}

/** Location of a client, and its default way to other locations. */
export interface ClientOrigin extends IpcReadOptions {
  /** Its own location; `undefined` if it has none. */
  readonly location?: Location | undefined;
  /**
   * Connects to another gRPC location, without revealing the identity of the caller. The calls of `hurried` wait for the
   * connection for at most `locationTimeoutMs` milliseconds; those of `patient` as long as any.
   */
  readonly connect?:
    | ((location: Location, locationTimeoutMs: number) => LocationClients)
    | undefined;
  /** Largest message that is accepted over HTTP, in bytes. Default: 256 MiB. */
  readonly maxReceiveMessageBytes?: number | undefined;
  /** Most unread responses of the client itself; no bound by default. */
  readonly unreadResponses?: number | undefined;
}

/** Checked options for other locations. */
export interface LocationSettings
  extends Pick<LocationOptions, "connectLocation" | "fetchLocation"> {
  /** See {@linkcode LocationOptions.maxFileBytes}. */
  readonly maxFileBytes: number;
  /** See {@linkcode LocationOptions.locationIdleMs}. */
  readonly locationIdleMs: number;
  /** See {@linkcode LocationOptions.locationTimeoutMs}. */
  readonly locationTimeoutMs: number;
}

/**
 * Checks options.
 *
 * @throws {RangeError | TypeError} When an option cannot be used.
 */
export function locationSettings(options: LocationOptions): LocationSettings {
  const { connectLocation, fetchLocation } = options;
  functionOption("connectLocation", connectLocation);
  functionOption("fetchLocation", fetchLocation);
  renamedOption("fetch", "fetchLocation", options);
  return {
    connectLocation,
    fetchLocation,
    locationIdleMs: integerOption(
      "locationIdleMs",
      options.locationIdleMs ?? DEFAULT_LOCATION_IDLE_MS,
      1,
      MAX_TIMER_MS,
    ),
    locationTimeoutMs: integerOption(
      "locationTimeoutMs",
      options.locationTimeoutMs ?? DEFAULT_LOCATION_TIMEOUT_MS,
      1,
      MAX_TIMER_MS,
    ),
    maxFileBytes: boundOption(
      "maxFileBytes",
      options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES,
    ),
  };
}
