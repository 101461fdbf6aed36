/**
 * The server of Arrow Flight: {@linkcode serve} a {@linkcode FlightService}.
 *
 * ```ts ignore
 * import { serve } from "@contrail/flight/server";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
 * const server = await serve({ doGet: () => table }, { port: 8815 });
 * console.log(server.location.uri);
 * ```
 *
 * @module
 */

import { objectOption } from "./internal/core/check_option.ts";
import { isWildcardLocation } from "./internal/protocol/location.ts";
import type { ServerPlace } from "./internal/server/answer_call.ts";
import { callHandler } from "./internal/server/call_handler.ts";
import {
  checkServerOptions,
  FlightServer,
} from "./internal/server/flight_server.ts";
import type { FlightService } from "./internal/server/flight_service.ts";
import { isServing } from "./internal/server/health_service.ts";
import type { ServeOptions } from "./internal/server/serve_options.ts";
import { shutdownOnSignals } from "./internal/server/shutdown_signals.ts";
import { transportOption } from "./internal/transport/flight_transport.ts";
import { http2ServerTransport } from "./internal/transport/http2/server.ts";
import { checkRuntime } from "./internal/transport/runtime_version.ts";
import { findFlightDataBody } from "./internal/protocol/flight_data.ts";

export * from "./internal/exports/protocol.ts";
export * from "./internal/exports/data.ts";
export * from "./internal/exports/service.ts";
export type { CorsOptions } from "./internal/grpc/web/cors.ts";
export type { FlightServer } from "./internal/server/flight_server.ts";
export type { ServeOptions } from "./internal/server/serve_options.ts";
export type { WebOptions } from "./internal/transport/web_option.ts";
export type {
  PemSource,
  ServerCertificate,
  ServerTlsOptions,
} from "./internal/core/tls_options.ts";

/**
 * Serves `service` until it is shut down.
 *
 * @param service What answers the calls.
 * @param options Where to listen, TLS, and limits.
 * @returns The server, once it accepts calls. It holds a socket: shut it down or dispose of it.
 * @throws {FlightError} UNAVAILABLE when the address cannot be bound, FAILED_PRECONDITION when the
 * runtime is too old.
 * @throws {RangeError} When an option is out of its range.
 * @throws {TypeError} When an option is of the wrong type, or certificates or keys cannot be used.
 */
export async function serve(
  service: FlightService,
  options: ServeOptions = {},
): Promise<FlightServer> {
  checkRuntime();
  objectOption("options", options);
  checkServerOptions(options);
  const listenTransport = transportOption(
    options.transport,
    "listen",
    http2ServerTransport,
  );
  const { hostname = "127.0.0.1", port = 0, path, ...rest } = options;
  const listen = {
    ...rest,
    ...(path === undefined ? { hostname, port } : { path }),
    isServing: () => isServing(options.services),
  };
  const place: ServerPlace = {};
  const handler = callHandler(service, options, place);
  const transport = await listenTransport(
    handler,
    listen,
    findFlightDataBody,
  );
  const server = new FlightServer(
    transport,
    options,
    () => service.onShutdown?.(),
  );
  if (!isWildcardLocation(server.location)) place.location = server.location;
  if (options.shutdownOnSignals) shutdownOnSignals(server);
  return server;
}
