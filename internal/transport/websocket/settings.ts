/** Checked limits of calls over WebSockets. */

import type { FindBody } from "../../seam/transport.ts";

/** Default of `keepaliveTimeMs`: below the minute after which proxies cut a silent socket. */
export const DEFAULT_KEEPALIVE_TIME_MS = 30_000;

/** Limits of one call, whose names are those of the options. */
export interface WebSocketSettings {
  /** Largest message that is accepted, in bytes. */
  readonly maxReceiveMessageBytes: number;
  /** Largest block of headers or trailers that is accepted, in bytes. */
  readonly maxHeaderListBytes: number;
  /** Most headers or trailers that are accepted. */
  readonly maxHeaderFields: number;
  /** Most bytes that the peer may be ahead of the reader; at least 65,535. */
  readonly flowControlWindowBytes: number;
  /** Silence after which the peer is asked for a sign of life, in milliseconds; `undefined` for never. */
  readonly keepaliveTimeMs: number | undefined;
  /** Longest wait for it, in milliseconds. */
  readonly keepaliveTimeoutMs: number;
  /** Time in which the peer must take some data, in milliseconds; `undefined` for any. */
  readonly sendStallTimeoutMs: number | undefined;
  /** Finds the part of a received message to align in memory. */
  readonly findBody: FindBody;
}
