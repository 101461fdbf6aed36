/**
 * Which transport of this package is measured: `deno task bench --transport=grpc-js`
 * passes it to the processes that it starts by the environment.
 *
 * @module
 */
import process from "node:process";

/** Name of the variable. */
export const TRANSPORT_VARIABLE = "BENCH_TRANSPORT";

/** The transport of this process; that of the package by default. */
export const TRANSPORT: "http2" | "grpc-js" | undefined = transportOf(
  process.env[TRANSPORT_VARIABLE],
);

/** Checks the name of a transport. */
export function transportOf(
  name: string | undefined,
): "http2" | "grpc-js" | undefined {
  if (name === undefined || name === "http2" || name === "grpc-js") return name;
  throw new TypeError(`--transport must be http2 or grpc-js, not ${name}`);
}
