/** The client's transport on `@grpc/grpc-js`, which is loaded with the first call. */

import type { GrpcAddress } from "../../protocol/location.ts";
import type { ClientTransportOptions } from "../options.ts";
import type { ClientTransport, FindBody } from "../../seam/transport.ts";
import { LazyClientTransport } from "./lazy_client.ts";
import { clientSettings } from "./options.ts";

/**
 * Makes a transport with one connection to a gRPC server. It connects with the first call, and
 * again after the connection was lost.
 *
 * @param address The address of the server.
 * @param options Limits, timeouts and TLS.
 * @param findBody Finds the part of a received message to align; none by default.
 * @returns The transport; it does nothing before the first call.
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When options contradict each other.
 */
export function grpcJsClientTransport(
  address: GrpcAddress,
  options: ClientTransportOptions = {},
  findBody: FindBody = () => undefined,
): ClientTransport {
  // Here and not in the class: a mistake must show before anything is loaded.
  const settings = clientSettings(address, options, findBody);
  return new LazyClientTransport(settings.location, async () => {
    const { GrpcJsClientTransport } = await import("./client_transport.ts");
    return new GrpcJsClientTransport(settings);
  });
}
