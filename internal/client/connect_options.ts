/** Options of a client that connects over a network. */

import type { FlightTransport } from "../transport/flight_transport.ts";
import type { ClientTransportOptions } from "../transport/options.ts";
import type { FlightClientOptions } from "./flight_client_options.ts";

/** Options of {@linkcode connect}. */
export interface ConnectOptions
  extends FlightClientOptions, ClientTransportOptions {
  /**
   * The transport that carries the calls, such as `grpcJs()` of `@contrail/flight/grpc-js`. Default:
   * this package's own HTTP/2.
   */
  readonly transport?: FlightTransport | undefined;
}
