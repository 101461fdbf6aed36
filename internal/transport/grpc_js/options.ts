/** Options of the transport on `@grpc/grpc-js`, their defaults and checks. */

import {
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
  MAX_MESSAGE_BYTES,
} from "../../core/limits.ts";

/**
 * Default of `flowControlWindowBytes`: 16 MiB, on Deno 1 MiB. Deno's nghttp2 closes
 * a connection after about a thousand frames that still arrive for cancelled
 * calls (nghttp2/nghttp2#2597), and 16 MiB in frames of 16 KiB are as many.
 */
export const DEFAULT_FLOW_CONTROL_WINDOW_BYTES: number = "Deno" in globalThis
  ? 1024 * 1024
  : 16 * 1024 * 1024;

/** Default of `connectTimeoutMs`, as in gRPC's core: 20 seconds. */
export const DEFAULT_CONNECT_TIMEOUT_MS = 20_000;

/** What our clients call themselves, before grpc-js appends its own name. */
export const USER_AGENT = "contrail-flight/0.1.0";

/** Largest delay of a timer; grpc-js and `setTimeout` overflow beyond it. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** What both ends of a connection can be told. */
export interface GrpcJsTransportOptions {
  /**
   * Largest message that is accepted, in bytes; a longer one ends the call with
   * RESOURCE_EXHAUSTED. 256 MiB by default.
   */
  readonly maxReceiveMessageBytes?: number | undefined;
  /**
   * Flow-control window of each stream and of each connection, in bytes: how
   * much a peer may send ahead of whoever reads here. It bounds the memory of
   * one call that is not read (and of all the unread calls of one connection
   * together, apart from one message of each), and, divided by the round-trip
   * time, the throughput. 65535 to 2³¹ − 1; 16 MiB by default, on Deno
   * 1 MiB (its HTTP/2 closes connections on which large windows are cancelled).
   */
  readonly flowControlWindowBytes?: number | undefined;
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
export interface GrpcJsClientTlsOptions {
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

/** Options of `grpcJsClientTransport`. */
export interface GrpcJsClientOptions extends GrpcJsTransportOptions {
  /** TLS of a `grpc+tls` address; other addresses cannot have it. */
  readonly tls?: GrpcJsClientTlsOptions | undefined;
  /**
   * How many milliseconds a connection attempt may take, up to the peer's first
   * HTTP/2 frame; 20000 by default.
   */
  readonly connectTimeoutMs?: number | undefined;
}

/** How a server uses TLS. Certificates and keys are PEM, as text or bytes. */
export interface GrpcJsServerTlsOptions {
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
export type GrpcJsListenAddress =
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

/** Options of `grpcJsServerTransport`. */
export type GrpcJsServerOptions =
  & GrpcJsTransportOptions
  & GrpcJsListenAddress
  & {
    /** TLS; plain text where it is left out. */
    readonly tls?: GrpcJsServerTlsOptions | undefined;
  };

/** The checked limits of a transport. */
export interface Limits {
  /** See {@linkcode GrpcJsTransportOptions.maxReceiveMessageBytes}. */
  readonly maxReceiveMessageBytes: number;
  /** See {@linkcode GrpcJsTransportOptions.flowControlWindowBytes}. */
  readonly flowControlWindowBytes: number;
}

/**
 * The limits of `options`, with defaults.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function limitsOf(options: GrpcJsTransportOptions): Limits {
  return {
    maxReceiveMessageBytes: integerOption(
      "maxReceiveMessageBytes",
      options.maxReceiveMessageBytes ?? DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
      1,
      MAX_MESSAGE_BYTES,
    ),
    flowControlWindowBytes: integerOption(
      "flowControlWindowBytes",
      options.flowControlWindowBytes ?? DEFAULT_FLOW_CONTROL_WINDOW_BYTES,
      65_535,
      2 ** 31 - 1,
    ),
  };
}

/** grpc-js's options for pings, on either side. */
export function keepaliveOf(
  options: GrpcJsTransportOptions,
): Record<string, number> {
  const result: Record<string, number> = {};
  if (options.keepaliveTimeMs !== undefined) {
    result["grpc.keepalive_time_ms"] = integerOption(
      "keepaliveTimeMs",
      options.keepaliveTimeMs,
      1,
      MAX_TIMER_MS,
    );
    result["grpc.keepalive_permit_without_calls"] = 1;
  }
  if (options.keepaliveTimeoutMs !== undefined) {
    result["grpc.keepalive_timeout_ms"] = integerOption(
      "keepaliveTimeoutMs",
      options.keepaliveTimeoutMs,
      1,
      MAX_TIMER_MS,
    );
  }
  return result;
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
