/**
 * Interface between this package and the transports that carry its calls, to write one of your own:
 * {@linkcode flightTransport} makes the value that `connect` and `serve` take as their option
 * `transport`. A transport moves messages as bytes, headers, and a status; it knows neither Arrow nor
 * Flight.
 *
 * ```ts
 * import { connect } from "@contrail/flight";
 * import { flightTransport } from "@contrail/flight/transport";
 *
 * const offline = flightTransport("offline", {
 *   connect() {
 *     throw new TypeError("Cannot connect: this machine is offline");
 *   },
 * });
 * try {
 *   connect("grpc://flight.example:443", { transport: offline });
 * } catch (error) {
 *   if (!(error instanceof TypeError)) throw error;
 * }
 * ```
 *
 * `docs/transports.md` of the repository has a complete one.
 *
 * @module
 */

export type { Source } from "./internal/base/source.ts";
export type { GrpcAddress } from "./internal/protocol/location.ts";
export type {
  LocationClient,
  LocationOptions,
} from "./internal/read/location_options.ts";
export type {
  CallHandler,
  CallRequest,
  CallResponse,
  ClientRequest,
  ClientTransport,
  FindBody,
  OutgoingMessage,
  ServerRequest,
  ServerTransport,
} from "./internal/seam/transport.ts";
export {
  type FlightTransport,
  flightTransport,
  type TransportEnds,
} from "./internal/transport/flight_transport.ts";
export type {
  ClientTransportOptions,
  ListenAddress,
  ServerLimits,
  ServerTransportOptions,
  TransportOptions,
} from "./internal/transport/options.ts";
