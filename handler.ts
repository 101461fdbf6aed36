/**
 * A server of Arrow Flight as a function from a Request to a Response: {@linkcode flightHandler} answers
 * gRPC-Web on `Deno.serve`, `Bun.serve`, Cloudflare Workers, and frameworks such as Hono.
 *
 * ```ts ignore
 * import { flightHandler } from "@contrail/flight/handler";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
 * const handler = flightHandler({ doGet: () => table }, {
 *   cors: { origins: ["https://app.example"] },
 * });
 * Deno.serve(handler); // Bun: Bun.serve({ fetch: handler })
 * ```
 *
 * @module
 */

import {
  END_OPTIONS,
  type OptionNames,
} from "./internal/core/known_options.ts";
import { objectOption } from "./internal/core/check_option.ts";
import { findFlightDataBody } from "./internal/protocol/flight_data.ts";
import { callHandler } from "./internal/server/call_handler.ts";
import type { FlightHandlerOptions } from "./internal/server/handler_options.ts";
import type { FlightService } from "./internal/server/flight_service.ts";
import {
  type WebHandler,
  webHandler,
  type WebHandlerTransportOptions,
} from "./internal/transport/grpc_web/handler.ts";

export * from "./internal/exports/protocol.ts";
export * from "./internal/exports/data.ts";
export * from "./internal/exports/service.ts";
export type { CorsOptions } from "./internal/grpc/web/cors.ts";
export type { WebLimitOptions } from "./internal/transport/grpc_web/options.ts";
export type { WebSocketLimitOptions } from "./internal/transport/grpc_web/websocket_options.ts";
export type {
  BunSocket,
  BunWebSocketHandlers,
} from "./internal/transport/grpc_web/bun_socket.ts";
export type { UpgradeWebSocket } from "./internal/transport/grpc_web/upgrade_platform.ts";
export type {
  WebHandler,
  WebHandlerTransportOptions,
} from "./internal/transport/grpc_web/handler.ts";

/** Options of {@linkcode flightHandler}. */
export interface FlightHandlerServerOptions
  extends FlightHandlerOptions, WebHandlerTransportOptions {}

const FLIGHT_HANDLER_OPTIONS: OptionNames<FlightHandlerServerOptions> = {
  ...END_OPTIONS,
  cors: true,
  otherwise: true,
  webSocket: true,
};

const CORS = 'cors, as in cors: { origins: ["https://app.example"] }';

/** Names of options of other functions. */
const GUESSES = { origin: CORS, origins: CORS };

/**
 * Makes a function that answers requests by the methods of `service`.
 *
 * The path of a method may have any prefix, so the function can be mounted below a route. The body of a
 * response is pulled: a message is made when the platform asks for bytes. The call is canceled when
 * the platform cancels the body, or aborts the signal of the request.
 *
 * The buffers of a batch are handed to the platform as they are, without a copy: they must not change
 * before the call has ended.
 *
 * @param service What answers the calls.
 * @param options Options of the service, limits, and permissions for pages of other origins.
 * @returns The function. Its second argument is the one of `Deno.serve` and `Bun.serve`: hand it on where
 * a framework stands between, for it has the address of the client, and on Bun the timeout of a silent
 * connection.
 * @throws {TypeError} When an option is of the wrong type.
 * @throws {RangeError} When an option is out of its range.
 */
export function flightHandler(
  service: FlightService,
  options: FlightHandlerServerOptions = {},
): WebHandler {
  objectOption("options", options, FLIGHT_HANDLER_OPTIONS, GUESSES);
  return webHandler(
    callHandler(service, options),
    options,
    findFlightDataBody,
  );
}
