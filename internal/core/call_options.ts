/** Options that every call of a client takes. */

import { IPC_WRITE_OPTIONS } from "./known_options.ts";
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
   * Time limit for the whole call, in milliseconds, more than 0. It is sent as `grpc-timeout`.
   * Default: the client's `timeoutMs`, else none.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Longest time that one read may wait for a message of the server, in milliseconds, 1 to 2³¹ − 1.
   * Beyond it the call is canceled and fails with DEADLINE_EXCEEDED. Time without a pending read
   * does not count. Default: no limit.
   */
  readonly readTimeoutMs?: number | undefined;
  /**
   * Longest time that one write of an upload, an exchange or a handshake may wait for the server,
   * in milliseconds, 1 to 2³¹ − 1. A write waits while the flow-control window is full. Beyond it
   * the call is canceled and fails with DEADLINE_EXCEEDED. Default: no limit.
   */
  readonly writeTimeoutMs?: number | undefined;
  /**
   * Request headers, in addition to the client's. A name given here replaces the client's values.
   */
  readonly headers?: FlightHeadersInit | undefined;
  /**
   * Called once with the response headers, as soon as they arrive. If it throws, the call fails.
   */
  readonly onHeaders?: ((headers: FlightHeaders) => void) | undefined;
  /**
   * Called once with the response trailers, after a call that succeeded. If it throws, the call
   * fails.
   */
  readonly onTrailers?: ((trailers: FlightHeaders) => void) | undefined;
}

/**
 * All names of the options of calls, also of those that make several, and of Flight SQL: one object may hold the
 * options of several calls.
 */
export const CALL_OPTIONS = {
  signal: true,
  timeoutMs: true,
  readTimeoutMs: true,
  writeTimeoutMs: true,
  headers: true,
  onHeaders: true,
  onTrailers: true,
  ...IPC_WRITE_OPTIONS,
  schema: true,
  allowPartial: true,
  maxParallelEndpoints: true,
  renewBeforeMs: true,
  maxPollDelayMs: true,
  cancelQuery: true,
  poll: true,
  onProgress: true,
  temporal: true,
  mode: true,
  catalog: true,
  temporary: true,
  databaseOptions: true,
  columns: true,
  schemaPattern: true,
  tablePattern: true,
  types: true,
  includeSchema: true,
  dataType: true,
} as const;

/** Names of options of a call in other clients. */
const GUESSED_CALL_OPTIONS: Readonly<Record<string, string>> = {
  timeout: "timeoutMs, in milliseconds",
  deadline: "timeoutMs, in milliseconds from now on",
  metadata: "headers",
  tableName: "tablePattern",
  tableTypes: "types",
};

const CLIENT_AUTH =
  "interceptors, with clientBasicAuth or clientBearerAuth of @contrail/flight/auth";

/** Names of options of a client in other clients. */
export const GUESSED_CLIENT_OPTIONS: Readonly<Record<string, string>> = {
  ...GUESSED_CALL_OPTIONS,
  middleware: "interceptors",
  auth: CLIENT_AUTH,
  authorization: CLIENT_AUTH,
  username: CLIENT_AUTH,
  user: CLIENT_AUTH,
  password: CLIENT_AUTH,
  token: CLIENT_AUTH,
  host: "the location, as in grpc://host:port",
};

/**
 * Checks the options of a call.
 *
 * @returns `options`.
 * @throws {TypeError} When one of them is of the wrong type.
 * @throws {RangeError} When one of them is out of its range.
 */
export function checkCallOptions<O extends FlightCallOptions>(options: O): O {
  objectOption("options", options, CALL_OPTIONS, GUESSED_CALL_OPTIONS);
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
 * @returns The checked value.
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
