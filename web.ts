/**
 * The client of Arrow Flight for browsers, workers and every other runtime with `fetch`:
 * {@linkcode connectWeb} speaks gRPC-Web, with the same {@linkcode FlightClient} as anywhere else. The
 * functions for columns and schemas are in `@contrail/flight/data`: bundlers would have a page load all
 * modules that these share with the late parts of the client.
 *
 * ```ts
 * import { connectWeb } from "@contrail/flight/web";
 * import { flightHandler } from "@contrail/flight/handler";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
 * // Usually the handler runs elsewhere, and only the URL is given.
 * const client = connectWeb("https://flight.example", {
 *   fetch: flightHandler({ doGet: () => table }),
 * });
 * const copy = await client.doGet("any").table();
 * if (copy.numRows !== 3) throw new Error("lost a row");
 * ```
 *
 * @module
 */

import { GUESSED_CLIENT_OPTIONS } from "./internal/core/call_options.ts";
import {
  END_OPTIONS,
  knownOptions,
  type OptionNames,
} from "./internal/core/known_options.ts";
import { objectOption } from "./internal/core/check_option.ts";
import { checkReadOptions } from "./internal/ipc/encode/ipc_settings.ts";
import { FlightClient } from "./internal/client/flight_client.ts";
import type { FlightClientOptions } from "./internal/client/flight_client_options.ts";
import { findFlightDataBody } from "./internal/protocol/flight_data.ts";
import { MAX_UNREAD_FETCHES } from "./internal/read/location_options.ts";
import {
  webClientTransport,
  webGrpcLocation,
} from "./internal/transport/grpc_web/client.ts";
import type { WebTransportOptions } from "./internal/transport/grpc_web/options.ts";
import { partsOnDemand } from "./internal/web/parts_on_demand.ts";

export * from "./internal/exports/protocol.ts";
export * from "./internal/exports/data_types.ts";
export * from "./internal/exports/client.ts";
export type {
  WebLimitOptions,
  WebSocketClass,
  WebTransportOptions,
} from "./internal/transport/grpc_web/options.ts";
export type { WebSocketLimitOptions } from "./internal/transport/grpc_web/websocket_options.ts";

/** Options of {@linkcode connectWeb}. */
export interface ConnectWebOptions
  extends FlightClientOptions, WebTransportOptions {}

const CONNECT_WEB_OPTIONS: OptionNames<ConnectWebOptions> = {
  ...END_OPTIONS,
  fetch: true,
  credentials: true,
  uploads: true,
  maxGatheredUploadBytes: true,
  duplex: true,
  webSocket: true,
  webSocketClass: true,
};

/**
 * Makes a client of the service at `url`, which speaks gRPC-Web: a `flightHandler`, a server with the
 * option `web`, tonic-web, or any server behind a proxy such as Envoy.
 *
 * Every call is one request of `fetch`. Nothing is sent before the first call. A reader that stops holds
 * the server back as far as `fetch` does; canceling aborts the request.
 *
 * An endpoint at `grpc…://` of the same host and port is read by this client; other ones need the option
 * `connectLocation`.
 *
 * @param url `https://host[:port][/prefix]`; `http://` without TLS, which browsers allow for their own
 * machine only.
 * @param options Options of the client and of its requests.
 * @returns The client. Closing it cancels its calls.
 * @throws {TypeError} When `url` cannot be used, or an option is of the wrong type.
 * @throws {RangeError} When an option is out of its range.
 */
export function connectWeb(
  url: string | URL,
  options: ConnectWebOptions = {},
): FlightClient {
  partsOnDemand();
  objectOption("options", options);
  const transport = webClientTransport(url, options, findFlightDataBody);
  // The option `fetch` is for requests of this transport alone.
  const { fetch: _, ...rest } = options;
  const client = new FlightClient(transport, rest, {
    location: webGrpcLocation(url),
    unreadResponses: MAX_UNREAD_FETCHES,
    maxReceiveMessageBytes: options.maxReceiveMessageBytes,
    ...checkReadOptions(options),
  });
  knownOptions(options, CONNECT_WEB_OPTIONS, "", GUESSED_CLIENT_OPTIONS);
  return client;
}
