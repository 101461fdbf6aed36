/** Options that the transports over a network share, and their checks. */

import { integerOption, MAX_TIMER_MS } from "../core/check_option.ts";
import {
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
  MAX_MESSAGE_BYTES,
} from "../core/limits.ts";
import type {
  ClientTlsOptions,
  ServerTlsOptions,
} from "../core/tls_options.ts";
import type { CallLimits } from "./call_limit.ts";
import type { WebOptions } from "./web_option.ts";

/** User agent of our clients. */
export const USER_AGENT = "contrail-flight/0.1.0";

/** Default of `connectTimeoutMs`, as in gRPC's core: 20 seconds. */
const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;

/** Default of `handshakeTimeoutMs`. */
const DEFAULT_HANDSHAKE_TIMEOUT_MS = 20_000;

/** Default of `maxHeaderListBytes`: 64 KiB. */
const DEFAULT_MAX_HEADER_LIST_BYTES: number = 64 * 1024;

/** Default of `maxHeaderFields`: more than any browser, proxy or mesh adds together. */
const DEFAULT_MAX_HEADER_FIELDS = 256;

/** Default of `maxConnections` and of `maxConcurrentCalls`. */
const DEFAULT_SERVER_LIMIT = 10_000;

/** Default of `maxCallsPerPeer`, as a share of `maxConcurrentCalls`. */
const PEER_SHARE = 0.9;

/** Largest `connections` of a client. */
const MAX_CONNECTIONS = 1024;

/** Smallest window: the initial one of HTTP/2 (RFC 9113, section 6.9.2). */
const MIN_WINDOW_BYTES = 65_535;

/** Options for both ends of a connection. */
export interface TransportOptions {
  /**
   * Largest message that is accepted, in bytes; a longer one ends the call with RESOURCE_EXHAUSTED.
   * Default: 256 MiB.
   */
  readonly maxReceiveMessageBytes?: number | undefined;
  /**
   * Most bytes that compressed messages (`grpc-encoding`) may take in all calls of a server or
   * client together, after decompression, 1 or more. Each message counts until the next one of its
   * call is read. Beyond the limit, the largest message that is being decompressed ends its call
   * with RESOURCE_EXHAUSTED. Default: twice `maxReceiveMessageBytes`.
   */
  readonly maxInflatedBytes?: number | undefined;
  /**
   * Largest flow-control window of a call, in bytes: the data that a peer may send ahead of its
   * reader here. A call begins with less, and grows to it as it is read. The window divided by the
   * round-trip time limits the throughput. With `grpc-js`, it is the window of each connection too.
   * 65,535 to 2³¹ − 1. Default: 8 MiB; 1 MiB with `grpc-js` on Deno and Node.js, whose HTTP/2 closes
   * connections on which large windows are canceled.
   */
  readonly flowControlWindowBytes?: number | undefined;
  /**
   * Most bytes that may wait to be read in all calls of one connection together, and flow-control
   * window of the connection. The windows of calls adapt to the rest of it. If it is exceeded
   * nonetheless, the call with the most unread bytes fails with RESOURCE_EXHAUSTED; a call whose
   * reader waits is never that one. The minimum is `flowControlWindowBytes`, the default 16 times as
   * much.
   */
  readonly maxUnreadBytes?: number | undefined;
  /**
   * Largest HTTP/2 frame that is accepted, in bytes, 16,384 to 2²⁴ − 1. Messages may be larger,
   * because they are split into frames. Default: 1 MiB.
   */
  readonly maxFrameBytes?: number | undefined;
  /**
   * Largest header or trailer list that is accepted, in bytes as HTTP/2 counts them (each header
   * costs 32 more than its text), 4096 to 2²⁴. A longer one ends its call with RESOURCE_EXHAUSTED.
   * Default: 64 KiB.
   */
  readonly maxHeaderListBytes?: number | undefined;
  /**
   * Most headers or trailers of a list, 16 to 2³¹ − 1. Each of several values in one `-bin` header
   * counts. A call with more ends with RESOURCE_EXHAUSTED. Default: 256.
   */
  readonly maxHeaderFields?: number | undefined;
  /**
   * Time without any data from the peer after which a ping is sent, in milliseconds. Default:
   * never, because many servers close connections that are pinged too often.
   */
  readonly keepaliveTimeMs?: number | undefined;
  /**
   * Longest wait for the answer to such a ping, in milliseconds; then the connection counts as
   * lost. Default: 20,000.
   */
  readonly keepaliveTimeoutMs?: number | undefined;
}

/** Options for the connection of a client. */
export interface ClientTransportOptions extends TransportOptions {
  /** TLS of a `grpc+tls` address; an error for other addresses. */
  readonly tls?: ClientTlsOptions | undefined;
  /**
   * Timeout of an attempt to connect, up to the peer's first HTTP/2 frame, in milliseconds. The
   * peer then has the same time to acknowledge this side's SETTINGS; otherwise the connection is
   * closed. Default: 20,000.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Most connections to the server, 1 to 1024. Each call goes to the one with the fewest calls, so
   * that neither a slow reader nor one core of the server bounds the others. They are made one by one,
   * as calls come, and each one that was lost is made anew. The limits of a connection, such as
   * `maxUnreadBytes`, apply to each. Servers that remember something of a connection need 1; so
   * does the transport `grpc-js`. Default: 1.
   */
  readonly connections?: number | undefined;
}

/** Limits of a server and of its connections. */
export interface ServerLimits {
  /**
   * Most connections of a server at once, 1 to 2³¹ − 1. Those that are still in the handshake count
   * too. Further ones are closed as soon as they are accepted, which clients count as a failed
   * attempt: they try again after a while. Default: 10,000; less, with a warning, if the process
   * may not have that many open files and sockets.
   */
  readonly maxConnections?: number | undefined;
  /**
   * Most calls that a server answers at once, on all of its connections together, 1 to 2³¹ − 1.
   * Further ones fail with UNAVAILABLE, before their handler is called: gRPC clients retry that
   * code, after a while. Default: 10,000.
   */
  readonly maxConcurrentCalls?: number | undefined;
  /**
   * Most of these calls for one connection, 1 to 2³¹ − 1; further ones fail likewise. By default,
   * as many as are left for others: one connection alone gets half of them, two get a third each.
   */
  readonly maxCallsPerConnection?: number | undefined;
  /**
   * Most of these calls from one IP address, on all its connections, 1 to 2³¹ − 1; further ones
   * fail likewise. It does not apply to Unix sockets. Behind a proxy, all calls come from its
   * address. Default: nine tenths of `maxConcurrentCalls`.
   */
  readonly maxCallsPerPeer?: number | undefined;
  /**
   * Most calls that a client may have open at once on one connection, 1 to 2³¹ − 1. The client is
   * told, and further calls are refused. Default: 4096.
   */
  readonly maxConcurrentStreams?: number | undefined;
  /**
   * Time that a client has from connecting to the end of its HTTP/2 preface, including TLS, in
   * milliseconds; and again to acknowledge the server's SETTINGS. Default: 20,000.
   */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * Time after which a call ends with DEADLINE_EXCEEDED if its client accepts none of the data for
   * it, in milliseconds. The connection ends if that is true of all its data. It may take a quarter
   * longer. Default: never, because an application may have reasons to stop reading for a while.
   */
  readonly sendStallTimeoutMs?: number | undefined;
  /** Time without a call after which a connection is closed, in milliseconds. Default: never. */
  readonly maxConnectionIdleMs?: number | undefined;
  /**
   * Age at which a connection is closed, in milliseconds: the client is told to use another one,
   * and its calls go on. Default: never.
   */
  readonly maxConnectionAgeMs?: number | undefined;
  /**
   * Time for which the calls of such a connection may go on before they are canceled, in
   * milliseconds. Default: without limit.
   */
  readonly maxConnectionAgeGraceMs?: number | undefined;
}

/** Address on which a server listens. */
export type ListenAddress =
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

/** Options of the server's end of a transport. */
export type ServerTransportOptions =
  & TransportOptions
  & ServerLimits
  & ListenAddress
  & {
    /** TLS; plain text by default. */
    readonly tls?: ServerTlsOptions | undefined;
    /** Answers gRPC-Web too, for pages of these origins; without any if `true`. */
    readonly web?: boolean | WebOptions | undefined;
    /** Reports whether calls can be expected to succeed; by default, they always can. */
    readonly isServing?: (() => boolean) | undefined;
  };

/** Returns the checked `maxReceiveMessageBytes`. */
export function messageLimitOf(options: TransportOptions): number {
  return integerOption(
    "maxReceiveMessageBytes",
    options.maxReceiveMessageBytes ?? DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
    1,
    MAX_MESSAGE_BYTES,
  );
}

/** Returns the checked `maxInflatedBytes`. */
export function maxInflatedBytesOf(options: TransportOptions): number {
  return integerOption(
    "maxInflatedBytes",
    options.maxInflatedBytes ?? 2 * messageLimitOf(options),
    1,
    Number.MAX_SAFE_INTEGER,
  );
}

/** Returns the checked `maxHeaderListBytes`. */
export function maxHeaderListBytesOf(
  options: Pick<TransportOptions, "maxHeaderListBytes">,
): number {
  return integerOption(
    "maxHeaderListBytes",
    options.maxHeaderListBytes ?? DEFAULT_MAX_HEADER_LIST_BYTES,
    4096,
    2 ** 24,
  );
}

/** Returns the checked `maxHeaderFields`. */
export function maxHeaderFieldsOf(
  { maxHeaderFields = DEFAULT_MAX_HEADER_FIELDS }: {
    readonly maxHeaderFields?: number | undefined;
  },
): number {
  return integerOption("maxHeaderFields", maxHeaderFields, 16, 2 ** 31 - 1);
}

/** Returns the checked `flowControlWindowBytes`, whose default depends on the transport. */
export function windowBytesOf(
  options: TransportOptions,
  defaultBytes: number,
): number {
  return integerOption(
    "flowControlWindowBytes",
    options.flowControlWindowBytes ?? defaultBytes,
    MIN_WINDOW_BYTES,
    2 ** 31 - 1,
  );
}

/** Returns the checked `maxConnections`. */
export function maxConnectionsOf({ maxConnections }: ServerLimits): number {
  return serverLimit("maxConnections", maxConnections);
}

/** Returns the checked `maxConcurrentCalls` and its shares. */
export function callLimitsOf(
  { maxConcurrentCalls, maxCallsPerConnection, maxCallsPerPeer }: ServerLimits,
): CallLimits {
  const maxCalls = serverLimit("maxConcurrentCalls", maxConcurrentCalls);
  return {
    maxCalls,
    maxPerConnection: maxCallsPerConnection === undefined
      ? undefined
      : serverLimit("maxCallsPerConnection", maxCallsPerConnection),
    maxPerPeer: serverLimit(
      "maxCallsPerPeer",
      maxCallsPerPeer ?? Math.ceil(maxCalls * PEER_SHARE),
    ),
  };
}

function serverLimit(name: string, value = DEFAULT_SERVER_LIMIT): number {
  return integerOption(name, value, 1, 2 ** 31 - 1);
}

/** Returns the checked `connectTimeoutMs`. */
export function connectTimeoutOf(options: ClientTransportOptions): number {
  return timeOption("connectTimeoutMs", options.connectTimeoutMs) ??
    DEFAULT_CONNECT_TIMEOUT_MS;
}

/** Returns the checked `handshakeTimeoutMs`. */
export function handshakeTimeoutOf(
  { handshakeTimeoutMs }: Pick<ServerLimits, "handshakeTimeoutMs">,
): number {
  return timeOption("handshakeTimeoutMs", handshakeTimeoutMs) ??
    DEFAULT_HANDSHAKE_TIMEOUT_MS;
}

/** Returns the checked `connections`. */
export function connectionsOf({ connections }: ClientTransportOptions): number {
  return integerOption("connections", connections ?? 1, 1, MAX_CONNECTIONS);
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
