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

import {
  booleanOption,
  objectOption,
  textOption,
} from "./internal/core/check_option.ts";
import { isWildcardLocation } from "./internal/protocol/location.ts";
import { callHandler } from "./internal/server/call_handler.ts";
import {
  checkServerOptions,
  FlightServer,
  type FlightServerOptions,
} from "./internal/server/flight_server.ts";
import type { FlightService } from "./internal/server/flight_service.ts";
import type { ServerPlace } from "./internal/server/answer_call.ts";
import { shutdownOnSignals } from "./internal/server/shutdown_signals.ts";
import {
  type FlightTransport,
  transportOption,
} from "./internal/transport/flight_transport.ts";
import type {
  ServerLimits,
  TransportOptions,
} from "./internal/transport/options.ts";
import { checkRuntime } from "./internal/transport/runtime_version.ts";
import type { ServerTlsOptions } from "./internal/core/tls_options.ts";
import { http2ServerTransport } from "./internal/transport/http2/server.ts";
import { findFlightDataBody } from "./internal/wire/flight_data.ts";

export * from "./internal/exports/protocol.ts";
export * from "./internal/exports/data.ts";
export * from "./internal/exports/interceptors.ts";
export type {
  FlightErrorListener,
  FlightHandlerOptions,
} from "./internal/server/call_handler.ts";
export {
  FlightServer,
  type FlightServerOptions,
} from "./internal/server/flight_server.ts";
export type {
  Awaitable,
  FlightService,
} from "./internal/server/flight_service.ts";
export {
  tableService,
  type TableServiceOptions,
} from "./internal/server/table_service.ts";
export {
  type GrpcMethod,
  type GrpcService,
  unaryMethod,
} from "./internal/server/grpc_service.ts";
export { HealthService } from "./internal/server/health_service.ts";
export type {
  ServerLimits,
  TransportOptions,
} from "./internal/transport/options.ts";
export type { FlightTransport } from "./internal/transport/flight_transport.ts";
export type {
  PemFile,
  PemSource,
  ServerCertificate,
  ServerTlsOptions,
} from "./internal/core/tls_options.ts";

/** Options of {@linkcode serve}. */
export interface ServeOptions
  extends FlightServerOptions, TransportOptions, ServerLimits {
  /**
   * The transport that carries the calls, such as `grpcJs()` of `@contrail/flight/grpc-js`. Default:
   * this package's own HTTP/2.
   */
  readonly transport?: FlightTransport | undefined;
  /** Host name or IP address to bind. Default: `127.0.0.1`, which only this machine reaches. */
  readonly hostname?: string | undefined;
  /** TCP port, 0 to 65,535. Default: 0, which picks a free one; see `FlightServer.port`. */
  readonly port?: number | undefined;
  /**
   * Path of a Unix domain socket, to be bound instead of `hostname` and `port`: at most 107 bytes, on
   * macOS and the BSDs 103. A socket on which no process listens, such as that of a server that was
   * killed, is replaced; whatever else is there is left alone. A leading zero byte makes an abstract
   * socket, on Linux only.
   */
  readonly path?: string | undefined;
  /** Certificates for TLS; plaintext by default. */
  readonly tls?: ServerTlsOptions | undefined;
  /**
   * Shuts the server down when the process gets SIGINT or SIGTERM, as `shutdown()` does; a second
   * signal cancels what is still under way. The process then ends by itself, with exit code 0, unless
   * something else keeps it. Default: false, so that signals end the process at once.
   */
  readonly shutdownOnSignals?: boolean | undefined;
}

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
  booleanOption("shutdownOnSignals", options.shutdownOnSignals);
  textOption("hostname", options.hostname);
  textOption("path", options.path);
  const listenTransport = transportOption(options.transport)?.listen ??
    http2ServerTransport;
  const { hostname = "127.0.0.1", port = 0, path, ...rest } = options;
  const listen = {
    ...rest,
    ...(path === undefined ? { hostname, port } : { path }),
  };
  const place: ServerPlace = {};
  const handler = callHandler(service, options, place);
  const transport = await listenTransport(
    handler,
    listen,
    findFlightDataBody,
  );
  const server = new FlightServer(transport, options);
  if (!isWildcardLocation(server.location)) place.location = server.location;
  if (options.shutdownOnSignals) shutdownOnSignals(server);
  return server;
}
