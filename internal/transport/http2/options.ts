/** Options of the transport on HTTP/2: their defaults and checks. */

import { dependentOption } from "../../core/known_options.ts";
import { integerOption } from "../../core/check_option.ts";
import { Inflater } from "../inflater.ts";
import {
  handshakeTimeoutOf,
  maxHeaderFieldsOf,
  maxHeaderListBytesOf,
  maxInflatedBytesOf,
  messageLimitOf,
  type ServerLimits,
  type ServerTransportOptions,
  timeOption,
  type TransportOptions,
  windowBytesOf,
} from "../options.ts";
import type { FindBody } from "../../seam/transport.ts";
import type { ConnectionLimits } from "../../http2/connection/connection.ts";
import {
  MAX_MAX_FRAME_BYTES,
  MIN_MAX_FRAME_BYTES,
} from "../../http2/frame/frame.ts";

/**
 * Default of `flowControlWindowBytes`: 8 MiB. A larger one is no faster on the network of one machine,
 * and a slow reader holds it all.
 */
const DEFAULT_FLOW_CONTROL_WINDOW_BYTES: number = 8 * 1024 * 1024;

/**
 * Default of `maxConcurrentStreams`. Applications keep thousands of calls open
 * on one connection (a stream of results each), and a waiting call costs
 * little; `maxUnreadBytes` limits the unread data of all of them.
 */
const DEFAULT_MAX_CONCURRENT_STREAMS = 4096;

/** Default of `maxUnreadBytes`, in windows. */
const UNREAD_WINDOWS = 16;

/** Default of `maxFrameBytes`: large messages need fewer of them. */
const DEFAULT_MAX_FRAME_BYTES: number = 1024 * 1024;

/** Default of `keepaliveTimeoutMs`. */
const DEFAULT_KEEPALIVE_TIMEOUT_MS = 20_000;

/** Checked limits of a transport. */
export interface TransportLimits extends ConnectionLimits {
  /** See {@linkcode TransportOptions.maxReceiveMessageBytes}. */
  readonly maxReceiveMessageBytes: number;
  /** Decompresses messages, within one limit for all connections. */
  readonly inflater: Inflater;
  /** See {@linkcode TransportOptions.maxHeaderFields}. */
  readonly maxHeaderFields: number;
  /** See {@linkcode TransportOptions.keepaliveTimeMs}. */
  readonly keepaliveTimeMs: number | undefined;
  /** See {@linkcode TransportOptions.keepaliveTimeoutMs}. */
  readonly keepaliveTimeoutMs: number;
  /** Finds the part of a received message to align in memory. */
  readonly findBody: FindBody;
}

/**
 * Returns the limits of `options`, with defaults.
 *
 * @param options The caller's options.
 * @param settingsTimeoutMs Longest wait for the acknowledgement of SETTINGS, in
 * milliseconds.
 * @param findBody Finds the part of a received message to align; none by
 * default.
 * @throws {RangeError} When one of them is out of range.
 */
export function limitsOf(
  options:
    & TransportOptions
    & ServerLimits
    & Pick<ServerTransportOptions, "web">,
  settingsTimeoutMs: number,
  findBody: FindBody = () => undefined,
): TransportLimits {
  const windowBytes = windowBytesOf(
    options,
    DEFAULT_FLOW_CONTROL_WINDOW_BYTES,
  );
  // WebSockets have pings by default.
  if (!options.web) {
    dependentOption(options, "keepaliveTimeoutMs", "keepaliveTimeMs");
  }
  return {
    maxReceiveMessageBytes: messageLimitOf(options),
    inflater: new Inflater(maxInflatedBytesOf(options)),
    windowBytes,
    unreadBytes: integerOption(
      "maxUnreadBytes",
      options.maxUnreadBytes ?? UNREAD_WINDOWS * windowBytes,
      windowBytes,
      Number.MAX_SAFE_INTEGER,
    ),
    maxFrameBytes: integerOption(
      "maxFrameBytes",
      options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES,
      MIN_MAX_FRAME_BYTES,
      MAX_MAX_FRAME_BYTES,
    ),
    maxHeaderListBytes: maxHeaderListBytesOf(options),
    maxHeaderFields: maxHeaderFieldsOf(options),
    maxConcurrentStreams: integerOption(
      "maxConcurrentStreams",
      options.maxConcurrentStreams ?? DEFAULT_MAX_CONCURRENT_STREAMS,
      1,
      2 ** 31 - 1,
    ),
    settingsTimeoutMs,
    keepaliveTimeMs: timeOption("keepaliveTimeMs", options.keepaliveTimeMs),
    keepaliveTimeoutMs: timeOption(
      "keepaliveTimeoutMs",
      options.keepaliveTimeoutMs,
    ) ?? DEFAULT_KEEPALIVE_TIMEOUT_MS,
    findBody,
  };
}

/** Checked times of a server's connections. */
export interface ConnectionTimes {
  /** See {@linkcode ServerLimits.handshakeTimeoutMs}. */
  readonly handshakeTimeoutMs: number;
  /** See {@linkcode ServerLimits.sendStallTimeoutMs}. */
  readonly sendStallTimeoutMs: number | undefined;
  /** See {@linkcode ServerLimits.maxConnectionIdleMs}. */
  readonly maxConnectionIdleMs: number | undefined;
  /** See {@linkcode ServerLimits.maxConnectionAgeMs}. */
  readonly maxConnectionAgeMs: number | undefined;
  /** See {@linkcode ServerLimits.maxConnectionAgeGraceMs}. */
  readonly maxConnectionAgeGraceMs: number | undefined;
}

/**
 * Returns the times of `options`, with defaults.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function timesOf(options: ServerLimits): ConnectionTimes {
  dependentOption(options, "maxConnectionAgeGraceMs", "maxConnectionAgeMs");
  return {
    handshakeTimeoutMs: handshakeTimeoutOf(options),
    sendStallTimeoutMs: timeOption(
      "sendStallTimeoutMs",
      options.sendStallTimeoutMs,
    ),
    maxConnectionIdleMs: timeOption(
      "maxConnectionIdleMs",
      options.maxConnectionIdleMs,
    ),
    maxConnectionAgeMs: timeOption(
      "maxConnectionAgeMs",
      options.maxConnectionAgeMs,
    ),
    maxConnectionAgeGraceMs: timeOption(
      "maxConnectionAgeGraceMs",
      options.maxConnectionAgeGraceMs,
    ),
  };
}
