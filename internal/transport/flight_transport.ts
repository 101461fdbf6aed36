/** Transports as values: the `transport` option of `connect` and `serve`. */

import { shown } from "../core/check_option.ts";
import type { GrpcAddress } from "../protocol/location.ts";
import type {
  CallHandler,
  ClientTransport,
  FindBody,
  ServerTransport,
} from "../seam/transport.ts";
import type {
  ClientTransportOptions,
  ServerTransportOptions,
} from "./options.ts";

/** Transport for the calls of a client or a server. A function such as `grpcJs` makes one. */
export interface FlightTransport {
  /** Name of the transport, such as `grpc-js`. */
  readonly name: string;
  /** Brand of a transport. */
  readonly [Symbol.toStringTag]: "FlightTransport";
}

/** Both ends of a transport. */
export interface TransportEnds {
  /** Makes the client's end. It does nothing before the first call. */
  connect(
    address: GrpcAddress,
    options: ClientTransportOptions,
    findBody: FindBody,
  ): ClientTransport;
  /** Makes the server's end. The promise resolves once it listens. */
  listen(
    handler: CallHandler,
    options: ServerTransportOptions,
    findBody: FindBody,
  ): Promise<ServerTransport>;
}

/** The ends of each transport, hidden from applications. */
const ENDS = new WeakMap<object, TransportEnds>();

/** Advice for each value that used to be a transport. */
const REPLACEMENTS: ReadonlyMap<unknown, string> = new Map([
  ["http2", "leave the option out, HTTP/2 is the default"],
  ["grpc-js", 'use grpcJs() of "@contrail/flight/grpc-js"'],
]);

/** Makes a transport from its ends. */
export function flightTransport(
  name: string,
  ends: TransportEnds,
): FlightTransport {
  const transport = Object.freeze(
    { name, [Symbol.toStringTag]: "FlightTransport" } as const,
  );
  ENDS.set(transport, ends);
  return transport;
}

/**
 * Checks the `transport` option.
 *
 * @returns The ends of the transport; `undefined` for the default.
 * @throws {TypeError} When it is not a transport.
 */
export function transportOption(
  transport: FlightTransport | undefined,
): TransportEnds | undefined {
  if (transport === undefined) return undefined;
  const ends = ENDS.get(transport);
  if (ends) return ends;
  const advice = REPLACEMENTS.get(transport) ??
    (typeof transport === "function"
      ? "call the function, as in grpcJs()"
      : 'leave the option out, or use grpcJs() of "@contrail/flight/grpc-js"');
  throw new TypeError(
    `Cannot use option transport: ${
      shown(transport)
    } is not a transport; ${advice}`,
  );
}
