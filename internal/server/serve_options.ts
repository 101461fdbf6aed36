/** Options of a server that listens on a network. */

import type { ServerTlsOptions } from "../core/tls_options.ts";
import type { LocationInit } from "../protocol/location.ts";
import type { FlightTransport } from "../transport/flight_transport.ts";
import type { ServerLimits, TransportOptions } from "../transport/options.ts";
import type { WebOptions } from "../transport/web_option.ts";
import type { FlightHandlerOptions } from "./handler_options.ts";

/** Options of {@linkcode serve}. */
export interface ServeOptions
  extends FlightHandlerOptions, TransportOptions, ServerLimits {
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
   * Path of a Unix domain socket, instead of `hostname` and `port`: at most 107 bytes, on macOS and
   * the BSDs 103. A socket on which no process listens, such as that of a server that was killed,
   * is replaced; any other file is left alone. A leading zero byte makes an abstract socket, on
   * Linux only.
   */
  readonly path?: string | undefined;
  /** Certificates for TLS; plaintext by default. */
  readonly tls?: ServerTlsOptions | undefined;
  /**
   * Answers gRPC-Web beside gRPC, on the same port, over HTTP/2 and HTTP/1.1: `connectWeb` calls this
   * server from browsers without a proxy. GET and HEAD of `/healthz` tell its health. `true` permits only
   * pages of the server's own origin; an object permits others: `{ origins: ["https://app.example"] }`.
   * `grpcJs()` does not have it. Default: false.
   */
  readonly web?: boolean | WebOptions | undefined;
  /**
   * Address at which clients reach the server, such as `grpc+tls://flight.example:443`, if that is not
   * the address that it binds: in a container, behind a proxy, or on all addresses of a machine. It
   * becomes `FlightServer.location` and `FlightCallContext.location`. Default: the address that was
   * bound.
   */
  readonly publicLocation?: LocationInit | undefined;
  /** Shuts the server down when it is aborted, as `shutdown()` does. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Shuts the server down when the process gets SIGINT or SIGTERM, as `shutdown()` does; a second
   * signal cancels what is still under way. The process then ends by itself, with exit code 0, unless
   * something else keeps it. Default: false, so that signals end the process at once.
   */
  readonly shutdownOnSignals?: boolean | undefined;
  /**
   * Time that a shutdown waits for running calls, in milliseconds, 0 or more; then they are
   * canceled. Default: 30,000.
   */
  readonly shutdownTimeoutMs?: number | undefined;
}
