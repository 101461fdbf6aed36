/** Options that every call of a client takes. */

import {
  durationOption,
  functionOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
  signalOption,
} from "./check_option.ts";
import type { FlightHeaders, FlightHeadersInit } from "./flight_headers.ts";

/** Options of one call. */
export interface FlightCallOptions {
  /** Cancels the call when it is aborted: the call then fails with `signal.reason`, as it is. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the whole call may take, in milliseconds, more than 0; it travels as `grpc-timeout`.
   * Default: the client's `timeoutMs`, else no bound.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How long one read may wait for a message of the server, in milliseconds, 1 to 2³¹ − 1; a call in
   * which it takes longer is cancelled and fails with DEADLINE_EXCEEDED. Time in which nothing is read
   * does not count. No bound by default.
   */
  readonly readTimeoutMs?: number | undefined;
  /**
   * How long one write of an upload, an exchange or a handshake may wait until the server takes it,
   * in milliseconds, 1 to 2³¹ − 1: a write waits while the window of the connection is full. A call in
   * which it takes longer is cancelled and fails with DEADLINE_EXCEEDED. No bound by default.
   */
  readonly writeTimeoutMs?: number | undefined;
  /** Request headers, in addition to the client's; the same name replaces the client's values. */
  readonly headers?: FlightHeadersInit | undefined;
  /** Called once with the response headers, as soon as they arrive. What it throws fails the call. */
  readonly onHeaders?: ((headers: FlightHeaders) => void) | undefined;
  /** Called once with the response trailers, after a call that succeeded. What it throws fails it. */
  readonly onTrailers?: ((trailers: FlightHeaders) => void) | undefined;
}

/**
 * Checks the options of a call.
 *
 * @returns `options`.
 * @throws {TypeError} When one of them is of the wrong type.
 * @throws {RangeError} When one of them is out of its range.
 */
export function checkCallOptions<O extends FlightCallOptions>(options: O): O {
  objectOption("options", options);
  signalOption("signal", options.signal);
  timeoutOption(options.timeoutMs);
  for (const name of ["readTimeoutMs", "writeTimeoutMs"] as const) {
    const value = options[name];
    if (value !== undefined) integerOption(name, value, 1, MAX_TIMER_MS);
  }
  functionOption("onHeaders", options.onHeaders);
  functionOption("onTrailers", options.onTrailers);
  return options;
}

/**
 * Checks `timeoutMs`.
 *
 * @returns It.
 * @throws {TypeError} When it is not a number.
 * @throws {RangeError} When it is not more than 0.
 */
export function timeoutOption(
  timeoutMs: number | undefined,
): number | undefined {
  return timeoutMs === undefined
    ? undefined
    : durationOption("timeoutMs", timeoutMs, Infinity);
}

/** When a call that starts now must be over, in milliseconds since the epoch. */
export function deadlineOf(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === undefined || timeoutMs === Infinity
    ? undefined
    : Date.now() + timeoutMs;
}
