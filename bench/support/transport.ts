/**
 * The transport of this package to measure:
 * `deno task bench --transport=grpc-js` passes it to its processes by the
 * environment.
 *
 * @module
 */
import process from "node:process";
import type { FlightTransport } from "@contrail/flight/transport";
import { grpcJs } from "@contrail/flight/grpc-js";

/** Name of the environment variable. */
export const TRANSPORT_VARIABLE = "BENCH_TRANSPORT";

/** Transport of this process; by default that of the package. */
export const TRANSPORT: FlightTransport | undefined =
  transportOf(process.env[TRANSPORT_VARIABLE]) === "grpc-js"
    ? grpcJs()
    : undefined;

/** Checks the name of a transport. */
export function transportOf(
  name: string | undefined,
): "http2" | "grpc-js" | undefined {
  if (name === undefined || name === "http2" || name === "grpc-js") return name;
  throw new TypeError(`--transport must be http2 or grpc-js, not ${name}`);
}
