/** Transports as values: the `transport` option of `connect` and `serve`. */

import { functionOption, objectOption, shown } from "../core/check_option.ts";
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

/**
 * Transport for the calls of a client or a server: the option `transport`. A function such as `grpcJs`
 * makes one, or `flightTransport` of `@contrail/flight/transport`.
 */
export interface FlightTransport {
  /** Name of the transport, such as `grpc-js`. */
  readonly name: string;
  /** Brand of a transport. */
  readonly [Symbol.toStringTag]: "FlightTransport";
}

/** Both ends of a transport. One that is missing is refused where it is needed. */
export interface TransportEnds {
  /**
   * Makes the client's end; it does nothing before the first call.
   *
   * @param address The address to connect to.
   * @param options The options of `connect`, of which a transport may leave some unused.
   * @param findBody Finds the part of a message that should lie at a multiple of 8 bytes in memory.
   * @returns The client's end.
   */
  connect?(
    address: GrpcAddress,
    options: ClientTransportOptions,
    findBody: FindBody,
  ): ClientTransport;
  /**
   * Makes the server's end.
   *
   * @param handler Answers the calls.
   * @param options The options of `serve`, of which a transport may leave some unused.
   * @param findBody Finds the part of a message that should lie at a multiple of 8 bytes in memory.
   * @returns The server's end, once it listens.
   */
  listen?(
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

/**
 * Makes a transport of its ends.
 *
 * @param name The name of the transport, as errors show it.
 * @param ends The functions that make the client's and the server's end.
 * @returns The transport, for any number of clients and servers.
 * @throws {TypeError} When `name` is not a text, or one of the ends is not a function.
 */
export function flightTransport(
  name: string,
  ends: TransportEnds,
): FlightTransport {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(
      `Cannot make a transport: its name is ${shown(name)}, not a text`,
    );
  }
  const { connect, listen } = objectOption("ends", ends ?? {});
  functionOption("connect", connect);
  functionOption("listen", listen);
  if (connect === undefined && listen === undefined) {
    throw new TypeError(
      `Cannot make the transport ${name}: it has neither connect nor listen`,
    );
  }
  const transport = Object.freeze(
    { name, [Symbol.toStringTag]: "FlightTransport" } as const,
  );
  ENDS.set(transport, ends);
  return transport;
}

/**
 * Checks the `transport` option.
 *
 * @param transport The option.
 * @param end The end that is needed.
 * @param byDefault The end of the default transport.
 * @returns The function that makes the end.
 * @throws {TypeError} When it is not a transport, or one without this end.
 */
export function transportOption<End extends keyof TransportEnds>(
  transport: FlightTransport | undefined,
  end: End,
  byDefault: Required<TransportEnds>[End],
): Required<TransportEnds>[End] {
  if (transport === undefined) return byDefault;
  const ends = ENDS.get(transport);
  if (ends) {
    const make = ends[end];
    if (make !== undefined) return make.bind(ends) as typeof byDefault;
    throw new TypeError(
      `Cannot use option transport: ${transport.name} has no ${end}(), it is for ${
        end === "connect" ? "servers" : "clients"
      } only`,
    );
  }
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
