/** Options of the transport on `@grpc/grpc-js`: their defaults and checks. */

import { absentOptions, dependentOption } from "../../core/known_options.ts";
import {
  formatGrpcLocation,
  type GrpcAddress,
} from "../../protocol/location.ts";
import {
  type ClientTransportOptions,
  connectionsOf,
  connectTimeoutOf,
  maxHeaderFieldsOf,
  maxInflatedBytesOf,
  messageLimitOf,
  timeOption,
  type TransportOptions,
  windowBytesOf,
} from "../options.ts";
import type { FindBody } from "../../seam/transport.ts";
import { type ClientTls, clientTls } from "../client_tls.ts";

/**
 * Default of `flowControlWindowBytes`: 8 MiB on Bun, 1 MiB on Deno and Node.js. Their
 * nghttp2 closes a connection after about a thousand frames that still arrive for
 * canceled calls (nghttp2/nghttp2#2597), and 8 MiB in frames of 16 KiB are half as
 * many.
 */
const DEFAULT_FLOW_CONTROL_WINDOW_BYTES: number = "Bun" in globalThis
  ? 8 * 1024 * 1024
  : 1024 * 1024;

/** Options that grpc-js does not have, of both sides. */
export const ABSENT = [
  "maxUnreadBytes",
  "maxFrameBytes",
  "maxHeaderListBytes",
] as const;

/** grpc-js's own options, by their names. */
type ChannelOptions = Readonly<Record<string, number>>;

/** Checked options of a client. */
export interface ClientSettings {
  /** Address of the server. */
  readonly address: GrpcAddress;
  /** Its location URI, for errors. */
  readonly location: string;
  /** TLS, if the connection is secure. */
  readonly tls: ClientTls | undefined;
  /** Timeout of an attempt to connect, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Most headers or trailers of an answer. */
  readonly maxHeaderFields: number;
  /** Options that grpc-js has too. */
  readonly channelOptions: ChannelOptions;
  /** Finds the part of a received message to align in memory. */
  readonly findBody: FindBody;
}

/**
 * Checks the options of a client.
 *
 * @throws {RangeError} When one of them is out of range.
 * @throws {TypeError} When options contradict each other.
 */
export function clientSettings(
  address: GrpcAddress,
  options: ClientTransportOptions,
  findBody: FindBody,
): ClientSettings {
  // Only for the server: the client's filters of grpc-js inflate by themselves.
  maxInflatedBytesOf(options);
  absentOptions(options, ABSENT, "grpc-js");
  if (connectionsOf(options) > 1) {
    throw new TypeError(
      "Cannot use option connections: the transport grpc-js has one connection",
    );
  }
  return {
    address,
    location: formatGrpcLocation(address),
    tls: clientTls(options.tls, address),
    connectTimeoutMs: connectTimeoutOf(options),
    maxHeaderFields: maxHeaderFieldsOf(options),
    channelOptions: {
      ...channelOptionsOf(options),
      "grpc-node.flow_control_window": windowOf(options),
    },
    findBody,
  };
}

/**
 * Converts the options for which grpc-js has its own, on both sides.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function channelOptionsOf(options: TransportOptions): ChannelOptions {
  dependentOption(options, "keepaliveTimeoutMs", "keepaliveTimeMs");
  const timeMs = timeOption("keepaliveTimeMs", options.keepaliveTimeMs);
  const timeoutMs = timeOption(
    "keepaliveTimeoutMs",
    options.keepaliveTimeoutMs,
  );
  return {
    "grpc.max_receive_message_length": messageLimitOf(options),
    ...(timeMs === undefined ? {} : {
      "grpc.keepalive_time_ms": timeMs,
      "grpc.keepalive_permit_without_calls": 1,
    }),
    ...(timeoutMs === undefined
      ? {}
      : { "grpc.keepalive_timeout_ms": timeoutMs }),
  };
}

/**
 * Returns the window of streams and connections, in bytes.
 *
 * @throws {RangeError} When it is out of range.
 */
export function windowOf(options: TransportOptions): number {
  return windowBytesOf(options, DEFAULT_FLOW_CONTROL_WINDOW_BYTES);
}
