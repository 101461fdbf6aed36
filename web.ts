/**
 * The client of Arrow Flight for browsers, workers and every other runtime with `fetch`:
 * {@linkcode connectWeb} speaks gRPC-Web, with the same {@linkcode FlightClient} as anywhere else.
 *
 * ```ts
 * import { connectWeb } from "@contrail/flight/web";
 * import { flightHandler } from "@contrail/flight/handler";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
 * // Usually the handler runs elsewhere, and only the URL is given.
 * const client = connectWeb("https://flight.example", {
 *   fetch: flightHandler({ doGet: () => table }),
 * });
 * const copy = await client.doGet("any").table();
 * if (copy.numRows !== 3) throw new Error("lost a row");
 * ```
 *
 * @module
 */

export * from "./web_client.ts";
export * from "./internal/exports/data.ts";
