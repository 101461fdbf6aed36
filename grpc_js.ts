/**
 * The transport on the npm package `@grpc/grpc-js`: {@linkcode grpcJs}, instead of this package's own
 * HTTP/2.
 *
 * ```ts
 * import { connect, serve } from "@contrail/flight";
 * import { grpcJs } from "@contrail/flight/grpc-js";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const transport = grpcJs();
 * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
 * await using server = await serve({ doGet: () => table }, { transport });
 * await using client = connect(server.location, { transport });
 * const copy = await client.doGet("any").table();
 * if (copy.numRows !== 3) throw new Error("lost a row");
 * ```
 *
 * @module
 */

import {
  type FlightTransport,
  flightTransport,
} from "./internal/transport/flight_transport.ts";
import { grpcJsClientTransport } from "./internal/transport/grpc_js/client.ts";
import { grpcJsServerTransport } from "./internal/transport/grpc_js/server.ts";

const GRPC_JS: FlightTransport = flightTransport("grpc-js", {
  connect: grpcJsClientTransport,
  listen: grpcJsServerTransport,
});

/**
 * Gives the transport on `@grpc/grpc-js` and the runtime's `node:http2`, for both `connect` and `serve`.
 * The package is loaded when a server starts to listen and when a client makes its first call; on Deno
 * it needs `--allow-env`. A failure to load it is reported there as FAILED_PRECONDITION.
 *
 * The transport ignores `maxUnreadBytes`, `maxFrameBytes`, `maxHeaderListBytes`, a client's
 * `maxInflatedBytes`, and of a server's limits all but `maxConnections` and `maxConcurrentCalls` with
 * its shares.
 *
 * @returns The transport. It holds nothing, so that any number of clients and servers may share it.
 */
export function grpcJs(): FlightTransport {
  return GRPC_JS;
}
