/** The server's transport on `@grpc/grpc-js`, which is loaded on demand. */

import { loadError } from "../../grpc/call_errors.ts";
import type { ServerTransportOptions } from "../options.ts";
import type {
  CallHandler,
  FindBody,
  ServerTransport,
} from "../../seam/transport.ts";

/**
 * Listens for gRPC calls.
 *
 * @param handler Called for each call, of any path.
 * @param options The address, limits and TLS.
 * @param findBody Finds the part of a received message to align; none by
 * default.
 * @returns The transport, once it listens.
 * @throws {FlightError} UNAVAILABLE when the address cannot be bound.
 * @throws {RangeError} When an option is out of range.
 * @throws {TypeError} When certificates or key cannot be used.
 */
export async function grpcJsServerTransport(
  handler: CallHandler,
  options: ServerTransportOptions,
  findBody: FindBody = () => undefined,
): Promise<ServerTransport> {
  const { listen } = await import("./server_transport.ts").catch((cause) => {
    throw loadError("@grpc/grpc-js", cause);
  });
  return await listen(handler, options, findBody);
}
