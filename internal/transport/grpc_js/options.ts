/** Options of the transport on `@grpc/grpc-js`: their defaults and checks. */

import {
  messageLimitOf,
  timeOption,
  type TransportOptions,
  windowBytesOf,
} from "../options.ts";

/**
 * Default of `flowControlWindowBytes`: 16 MiB, on Deno 1 MiB. Deno's nghttp2 closes
 * a connection after about a thousand frames that still arrive for cancelled
 * calls (nghttp2/nghttp2#2597), and 16 MiB in frames of 16 KiB are as many.
 */
const DEFAULT_FLOW_CONTROL_WINDOW_BYTES: number = "Deno" in globalThis
  ? 1024 * 1024
  : 16 * 1024 * 1024;

/** The checked limits of a transport. */
export interface Limits {
  /** See {@linkcode TransportOptions.maxReceiveMessageBytes}. */
  readonly maxReceiveMessageBytes: number;
  /** See {@linkcode TransportOptions.flowControlWindowBytes}. */
  readonly flowControlWindowBytes: number;
}

/**
 * The limits of `options`, with defaults.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function limitsOf(options: TransportOptions): Limits {
  return {
    maxReceiveMessageBytes: messageLimitOf(options),
    flowControlWindowBytes: windowBytesOf(
      options,
      DEFAULT_FLOW_CONTROL_WINDOW_BYTES,
    ),
  };
}

/**
 * grpc-js's options for pings, on either side.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function keepaliveOf(options: TransportOptions): Record<string, number> {
  const timeMs = timeOption("keepaliveTimeMs", options.keepaliveTimeMs);
  const timeoutMs = timeOption(
    "keepaliveTimeoutMs",
    options.keepaliveTimeoutMs,
  );
  return {
    ...(timeMs === undefined ? {} : {
      "grpc.keepalive_time_ms": timeMs,
      "grpc.keepalive_permit_without_calls": 1,
    }),
    ...(timeoutMs === undefined
      ? {}
      : { "grpc.keepalive_timeout_ms": timeoutMs }),
  };
}
