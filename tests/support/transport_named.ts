/** The transports that go over a network, by the names that tests and command lines give them. */

import type { FlightTransport } from "../../transport.ts";
import { grpcJs } from "../../grpc_js.ts";

/** A name of a transport. */
export type TransportName = "http2" | "grpc-js";

/** Options for another process, as JSON: the transport is a name in them. */
export type NamedTransport<Options> = Omit<Options, "transport"> & {
  readonly transport?: TransportName;
};

/** Each name, and its value for the option `transport`. */
export const TRANSPORTS: readonly (readonly [
  name: TransportName,
  transport: FlightTransport | undefined,
])[] = [["http2", undefined], ["grpc-js", grpcJs()]];

/**
 * The value for the option `transport`; that of the default without a name.
 *
 * @throws {TypeError} When no transport has this name.
 */
export function transportNamed(
  name: string = "http2",
): FlightTransport | undefined {
  const found = TRANSPORTS.find(([known]) => known === name);
  if (found) return found[1];
  throw new TypeError(`a transport is http2 or grpc-js, not ${name}`);
}
