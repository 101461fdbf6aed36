/** Options of the transport on HTTP/2, their defaults and checks. */

import {
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
  MAX_MESSAGE_BYTES,
} from "../../core/limits.ts";
import type { ConnectionLimits } from "./connection.ts";
import { MAX_MAX_FRAME_BYTES, MIN_MAX_FRAME_BYTES } from "./frame.ts";

/** Default of `flowControlWindowBytes`: 16 MiB. */
export const DEFAULT_FLOW_CONTROL_WINDOW_BYTES: number = 16 * 1024 * 1024;

/** Default of `connectTimeoutMs`, as in gRPC's core: 20 seconds. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;

/** Default of `maxHeaderListBytes`: 64 KiB. */
export const DEFAULT_MAX_HEADER_LIST_BYTES: number = 64 * 1024;

/**
 * Default of `maxConcurrentStreams`. Applications keep thousands of calls open
 * on one connection (a stream of results each), and a call that waits costs
 * little; what all of them may have unread is bounded by `maxUnreadBytes`.
 */
export const DEFAULT_MAX_CONCURRENT_STREAMS = 4096;

/** Default of `maxUnreadBytes`, in windows. */
const UNREAD_WINDOWS = 8;

/** Default of `maxFrameBytes`: large messages need fewer of them. */
const DEFAULT_MAX_FRAME_BYTES: number = 1024 * 1024;

/** Default of `keepaliveTimeoutMs`. */
const DEFAULT_KEEPALIVE_TIMEOUT_MS = 20_000;

/** Default of `handshakeTimeoutMs`. */
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 20_000;

/** What our clients call themselves. */
export const USER_AGENT = "contrail-flight/0.1.0";

/** Largest delay of a timer; `setTimeout` overflows beyond it. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/**
 * Largest header or trailer list that is sent, in bytes as HTTP/2 counts them;
 * less if the peer's SETTINGS_MAX_HEADER_LIST_SIZE says so.
 */
export const MAX_SENT_HEADERS_BYTES: number = 60 * 1024;

/** What both ends of a connection can be told. */
export interface Http2TransportOptions {
  /**
   * Largest message that is accepted, in bytes; a longer one ends the call with
   * RESOURCE_EXHAUSTED. 256 MiB by default.
   */
  readonly maxReceiveMessageBytes?: number | undefined;
  /**
   * Flow-control window of each stream and of each connection, in bytes: how
   * much a peer may send ahead of whoever reads here. It bounds the memory of
   * one call that is not read, and, divided by the round-trip time, the
   * throughput. 65535 to 2³¹ − 1, 16 MiB by default.
   */
  readonly flowControlWindowBytes?: number | undefined;
  /**
   * How much may wait to be read in all calls of one connection together, in
   * bytes. Beyond it the connection stands still until something is read, so it
   * should allow for several calls that are not. At least, and by default eight
   * times, `flowControlWindowBytes`.
   */
  readonly maxUnreadBytes?: number | undefined;
  /**
   * Largest HTTP/2 frame that is accepted, in bytes; messages may be larger, as
   * they are cut into frames. 16384 to 2²⁴ − 1, 1 MiB by default.
   */
  readonly maxFrameBytes?: number | undefined;
  /**
   * Largest header or trailer list that is accepted, in bytes as HTTP/2 counts
   * them (each header costs 32 more than its text); a longer one ends its call
   * with RESOURCE_EXHAUSTED. 4096 to 2²⁴, 64 KiB by default.
   */
  readonly maxHeaderListBytes?: number | undefined;
  /**
   * Sends a ping when nothing was heard for this many milliseconds. Never by
   * default: many servers close connections that are pinged too often.
   */
  readonly keepaliveTimeMs?: number | undefined;
  /**
   * How many milliseconds the answer to such a ping may take before the
   * connection counts as lost; 20000 by default.
   */
  readonly keepaliveTimeoutMs?: number | undefined;
}

/** How a client uses TLS. Certificates and keys are PEM, as text or bytes. */
export interface Http2ClientTlsOptions {
  /** Certificates to trust, in place of those of the runtime. */
  readonly rootCertificates?: string | Uint8Array | undefined;
  /** The client's own certificate chain; needs `privateKey`. */
  readonly certificateChain?: string | Uint8Array | undefined;
  /** The key of `certificateChain`. */
  readonly privateKey?: string | Uint8Array | undefined;
  /** The name that the server's certificate must have, if not the host's. */
  readonly hostnameOverride?: string | undefined;
  /** Accepts any certificate: no protection against who is in between. */
  readonly insecureSkipVerify?: boolean | undefined;
}

/** Options of `http2ClientTransport`. */
export interface Http2ClientOptions extends Http2TransportOptions {
  /** TLS of a `grpc+tls` address; other addresses cannot have it. */
  readonly tls?: Http2ClientTlsOptions | undefined;
  /**
   * How many milliseconds a connection attempt may take, up to the peer's first
   * HTTP/2 frame; 20000 by default.
   */
  readonly connectTimeoutMs?: number | undefined;
}

/** How a server uses TLS. Certificates and keys are PEM, as text or bytes. */
export interface Http2ServerTlsOptions {
  /** The server's certificate chain. */
  readonly certificateChain: string | Uint8Array;
  /** The key of `certificateChain`. */
  readonly privateKey: string | Uint8Array;
  /**
   * Requires a certificate of every client (mutual TLS), signed by one of
   * these.
   */
  readonly clientRootCertificates?: string | Uint8Array | undefined;
}

/** Where a server listens. */
export type Http2ListenAddress =
  | {
    /** Host name or IP address to bind. */
    readonly hostname: string;
    /** TCP port; 0 picks a free one. */
    readonly port: number;
  }
  | {
    /** Path of a Unix domain socket. */
    readonly path: string;
  };

/** Limits of a server's connections. */
export interface Http2ServerLimits {
  /**
   * How many calls a client may have open at once on one connection; it is told
   * so, and further ones are refused. 1 to 2³¹ − 1, 4096 by default.
   */
  readonly maxConcurrentStreams?: number | undefined;
  /**
   * How many milliseconds a client may take from connecting to the end of its
   * HTTP/2 preface, with TLS before it; 20000 by default.
   */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * Closes a connection that has had no call for this many milliseconds. Never
   * by default.
   */
  readonly maxConnectionIdleMs?: number | undefined;
  /**
   * Closes a connection when it is this many milliseconds old: the client is
   * told to use another one, its calls go on. Never by default.
   */
  readonly maxConnectionAgeMs?: number | undefined;
  /**
   * How many milliseconds the calls of such a connection may go on before they
   * are cancelled. Without end by default.
   */
  readonly maxConnectionAgeGraceMs?: number | undefined;
}

/** Options of `http2ServerTransport`. */
export type Http2ServerOptions =
  & Http2TransportOptions
  & Http2ServerLimits
  & Http2ListenAddress
  & {
    /** TLS; plain text where it is left out. */
    readonly tls?: Http2ServerTlsOptions | undefined;
  };

/** The checked limits of a transport. */
export interface TransportLimits extends ConnectionLimits {
  /** See {@linkcode Http2TransportOptions.maxReceiveMessageBytes}. */
  readonly maxReceiveMessageBytes: number;
  /** See {@linkcode Http2TransportOptions.keepaliveTimeMs}. */
  readonly keepaliveTimeMs: number | undefined;
  /** See {@linkcode Http2TransportOptions.keepaliveTimeoutMs}. */
  readonly keepaliveTimeoutMs: number;
}

/**
 * The limits of `options`, with defaults.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function limitsOf(
  options: Http2TransportOptions & Http2ServerLimits,
): TransportLimits {
  const windowBytes = integerOption(
    "flowControlWindowBytes",
    options.flowControlWindowBytes ?? DEFAULT_FLOW_CONTROL_WINDOW_BYTES,
    65_535,
    2 ** 31 - 1,
  );
  return {
    maxReceiveMessageBytes: integerOption(
      "maxReceiveMessageBytes",
      options.maxReceiveMessageBytes ?? DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
      1,
      MAX_MESSAGE_BYTES,
    ),
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
    maxHeaderListBytes: integerOption(
      "maxHeaderListBytes",
      options.maxHeaderListBytes ?? DEFAULT_MAX_HEADER_LIST_BYTES,
      4096,
      2 ** 24,
    ),
    maxConcurrentStreams: integerOption(
      "maxConcurrentStreams",
      options.maxConcurrentStreams ?? DEFAULT_MAX_CONCURRENT_STREAMS,
      1,
      2 ** 31 - 1,
    ),
    keepaliveTimeMs: timeOption("keepaliveTimeMs", options.keepaliveTimeMs),
    keepaliveTimeoutMs: timeOption(
      "keepaliveTimeoutMs",
      options.keepaliveTimeoutMs,
    ) ?? DEFAULT_KEEPALIVE_TIMEOUT_MS,
  };
}

/** The checked times of a server's connections. */
export interface ConnectionTimes {
  /** See {@linkcode Http2ServerLimits.handshakeTimeoutMs}. */
  readonly handshakeTimeoutMs: number;
  /** See {@linkcode Http2ServerLimits.maxConnectionIdleMs}. */
  readonly maxConnectionIdleMs: number | undefined;
  /** See {@linkcode Http2ServerLimits.maxConnectionAgeMs}. */
  readonly maxConnectionAgeMs: number | undefined;
  /** See {@linkcode Http2ServerLimits.maxConnectionAgeGraceMs}. */
  readonly maxConnectionAgeGraceMs: number | undefined;
}

/**
 * The times of `options`, with defaults.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function timesOf(options: Http2ServerLimits): ConnectionTimes {
  return {
    handshakeTimeoutMs: timeOption(
      "handshakeTimeoutMs",
      options.handshakeTimeoutMs,
    ) ?? DEFAULT_HANDSHAKE_TIMEOUT_MS,
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

/** Checks a number of milliseconds that may be absent. */
export function timeOption(
  name: string,
  value: number | undefined,
): number | undefined {
  return value === undefined
    ? undefined
    : integerOption(name, value, 1, MAX_TIMER_MS);
}

/**
 * Checks a number.
 *
 * @returns `value`.
 * @throws {RangeError} When it is not an integer from `min` to `max`.
 */
export function integerOption(
  name: string,
  value: number,
  min: number,
  max: number,
): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(
      `Cannot use option ${name}: ${value} is not an integer from ${min} to ` +
        `${max}`,
    );
  }
  return value;
}
