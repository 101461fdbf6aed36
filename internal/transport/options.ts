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

/** What our clients call themselves. */
export const USER_AGENT = "contrail-flight/0.1.0";

/** Default of `connectTimeoutMs`, as in gRPC's core: 20 seconds. */
const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;

/** Default of `maxHeaderFields`: more than any browser, proxy or mesh adds together. */
const DEFAULT_MAX_HEADER_FIELDS = 256;

/** Default of `maxConnections` and of `maxConcurrentCalls`. */
const DEFAULT_SERVER_LIMIT = 10_000;

/** Default of `maxCallsPerPeer`, as a part of `maxConcurrentCalls`. */
const PEER_SHARE = 0.9;

/** Smallest window: the initial one of HTTP/2 (RFC 9113, section 6.9.2). */
const MIN_WINDOW_BYTES = 65_535;

/** What both ends of a connection can be told. */
export interface TransportOptions {
  /**
   * Largest message that is accepted, in bytes; a longer one ends the call with
   * RESOURCE_EXHAUSTED. 256 MiB by default.
   */
  readonly maxReceiveMessageBytes?: number | undefined;
  /**
   * How much the messages that came compressed (`grpc-encoding`) may take in all
   * calls of a server or client together, in bytes, each until the next one of its
   * call is read. Beyond it, the largest that is being decompressed ends its call
   * with RESOURCE_EXHAUSTED. At least 1; twice `maxReceiveMessageBytes` by
   * default.
   */
  readonly maxInflatedBytes?: number | undefined;
  /**
   * Flow-control window of each connection, and largest window of a stream, in
   * bytes: how much a peer may send ahead of its reader here. A stream begins
   * with less, and grows to it as it is read. Divided by the round-trip time it
   * bounds the throughput. 65535 to 2³¹ − 1, 16 MiB by default; 1 MiB with
   * `grpc-js` on Deno, whose HTTP/2 closes connections on which large windows are
   * cancelled.
   */
  readonly flowControlWindowBytes?: number | undefined;
  /**
   * How much may wait to be read in all calls of one connection together, in
   * bytes. The windows of calls adapt to what is left of it. Should it be
   * exceeded all the same, the call with the most unread bytes fails with
   * RESOURCE_EXHAUSTED; a call whose reader waits is never that one. At least,
   * and by default eight times, `flowControlWindowBytes`.
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
   * How many headers or trailers a list may have that is accepted, where each of
   * several values in one `-bin` header counts; a call with more ends with
   * RESOURCE_EXHAUSTED. 16 to 2³¹ − 1, 256 by default.
   */
  readonly maxHeaderFields?: number | undefined;
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

/** What a client can be told of its connection. */
export interface ClientTransportOptions extends TransportOptions {
  /** TLS of a `grpc+tls` address; other addresses cannot have it. */
  readonly tls?: ClientTlsOptions | undefined;
  /**
   * How many milliseconds a connection attempt may take, up to the peer's first
   * HTTP/2 frame; 20000 by default. Then the peer has as long to acknowledge
   * this side's SETTINGS, or the connection is given up.
   */
  readonly connectTimeoutMs?: number | undefined;
}

/** Limits of a server and of its connections. */
export interface ServerLimits {
  /**
   * How many connections a server has at once, those included that have not
   * shown yet what they want. Further ones are closed as soon as they are
   * accepted, which clients take for a failed attempt: they try again after a
   * while. 1 to 2³¹ − 1, 10000 by default; less, with a warning, where the
   * process may not have as many open files and sockets.
   */
  readonly maxConnections?: number | undefined;
  /**
   * How many calls a server answers at once, on all of its connections together.
   * Further ones fail with UNAVAILABLE, before their handler is called: the code
   * that gRPC clients retry, after a while. 1 to 2³¹ − 1, 10000 by default.
   */
  readonly maxConcurrentCalls?: number | undefined;
  /**
   * How many of these calls one connection may have; further ones fail likewise.
   * 1 to 2³¹ − 1. By default as many as are left for others: one connection alone
   * gets half of them, two get a third each.
   */
  readonly maxCallsPerConnection?: number | undefined;
  /**
   * How many of these calls may come from one IP address, on all its connections;
   * further ones fail likewise. Unix sockets have no such bound. 1 to 2³¹ − 1,
   * nine tenths of `maxConcurrentCalls` by default. Behind a proxy, all calls
   * come from its address.
   */
  readonly maxCallsPerPeer?: number | undefined;
  /**
   * How many calls a client may have open at once on one connection; it is told
   * so, and further ones are refused. 1 to 2³¹ − 1, 4096 by default.
   */
  readonly maxConcurrentStreams?: number | undefined;
  /**
   * How many milliseconds a client may take from connecting to the end of its
   * HTTP/2 preface, with TLS before it, and then to acknowledge the server's
   * SETTINGS; 20000 by default.
   */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * Ends a call with DEADLINE_EXCEEDED when its client has taken in nothing of
   * what is to be sent to it for this many milliseconds, and the connection when
   * that is true of all it has to send; it may take a quarter longer. Never by
   * default: an application may have reasons to stop reading for a while.
   */
  readonly sendStallTimeoutMs?: number | undefined;
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

/** Where a server listens. */
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
    /** TLS; plain text where it is left out. */
    readonly tls?: ServerTlsOptions | undefined;
  };

/** The checked `maxReceiveMessageBytes`. */
export function messageLimitOf(options: TransportOptions): number {
  return integerOption(
    "maxReceiveMessageBytes",
    options.maxReceiveMessageBytes ?? DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
    1,
    MAX_MESSAGE_BYTES,
  );
}

/** The checked `maxInflatedBytes`. */
export function maxInflatedBytesOf(options: TransportOptions): number {
  return integerOption(
    "maxInflatedBytes",
    options.maxInflatedBytes ?? 2 * messageLimitOf(options),
    1,
    Number.MAX_SAFE_INTEGER,
  );
}

/** The checked `maxHeaderFields`. */
export function maxHeaderFieldsOf(
  { maxHeaderFields = DEFAULT_MAX_HEADER_FIELDS }: {
    readonly maxHeaderFields?: number | undefined;
  },
): number {
  return integerOption("maxHeaderFields", maxHeaderFields, 16, 2 ** 31 - 1);
}

/** The checked `flowControlWindowBytes`, whose default is the transport's. */
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

/** The checked `maxConnections`. */
export function maxConnectionsOf({ maxConnections }: ServerLimits): number {
  return serverLimit("maxConnections", maxConnections);
}

/** The checked `maxConcurrentCalls` and its shares. */
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

/** The checked `connectTimeoutMs`. */
export function connectTimeoutOf(options: ClientTransportOptions): number {
  return timeOption("connectTimeoutMs", options.connectTimeoutMs) ??
    DEFAULT_CONNECT_TIMEOUT_MS;
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
