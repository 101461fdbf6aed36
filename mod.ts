/**
 * Arrow Flight for TypeScript: client and server, on web streams, for Deno and Bun.
 *
 * ```ts
 * import { connect, serve } from "@contrail/flight";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
 * await using server = await serve({ doGet: () => table });
 * await using client = connect(server.location);
 * const copy = await client.doGet("any").table();
 * if (copy.numRows !== 3) throw new Error("lost a row");
 * ```
 *
 * A program that needs only one side imports `@contrail/flight/client` or `@contrail/flight/server`;
 * `@contrail/flight/memory` joins both without a network. Interceptors are in
 * `@contrail/flight/middleware`, `/auth` and `/session`; `/grpc-js` and `/transport` are for programs
 * that change the transport.
 *
 * @module
 */

export * from "./client.ts";
export * from "./server.ts";
