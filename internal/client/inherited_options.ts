/** The options that a client hands on to the clients that `read` makes of other locations. */

import type { ClientTlsOptions } from "../core/tls_options.ts";
import type { Location } from "../protocol/location.ts";
import type { ConnectOptions } from "./connect_options.ts";

/**
 * Limits and timeouts are inherited. Nothing is that tells another host who the caller is, or that
 * runs for calls to this location only. A new option does not compile before it has a line here.
 */
const OPTIONS = {
  transport: "inherit",
  timeoutMs: "inherit",
  connectTimeoutMs: "inherit",
  connections: "inherit",
  keepaliveTimeMs: "inherit",
  keepaliveTimeoutMs: "inherit",
  flowControlWindowBytes: "inherit",
  maxReceiveMessageBytes: "inherit",
  maxInflatedBytes: "inherit",
  maxUnreadBytes: "inherit",
  maxFrameBytes: "inherit",
  maxHeaderListBytes: "inherit",
  maxHeaderFields: "inherit",
  maxDecompressedMessageBytes: "inherit",
  maxBatchRows: "inherit",
  maxDictionaryBytes: "inherit",
  maxBytesBeforeSchema: "inherit",
  // Only in part, and only with TLS: see below.
  tls: "never",
  headers: "never",
  interceptors: "never",
  // The other client only reads, and only from its own location.
  connectLocation: "never",
  fetchLocation: "never",
  locationIdleMs: "never",
  locationTimeoutMs: "never",
  maxFileBytes: "never",
  compression: "never",
  compressionLevel: "never",
  dictionaries: "never",
  maxBatchBytes: "never",
  maxSendMessageBytes: "never",
} as const satisfies Record<keyof ConnectOptions, "inherit" | "never">;

/**
 * TLS options: trust in servers is inherited; the own certificate and the name of a host are not.
 */
const TLS_OPTIONS = {
  rootCertificates: "inherit",
  insecureSkipVerify: "inherit",
  onReloadError: "inherit",
  certificateChain: "never",
  privateKey: "never",
  hostnameOverride: "never",
} as const satisfies Record<keyof ClientTlsOptions, "inherit" | "never">;

/**
 * Picks the options for a client of another location.
 *
 * @param location The other location.
 * @param options The options of this client.
 * @param connectTimeoutMs Bound of `connectTimeoutMs`, in milliseconds. Default: that of `options` alone.
 * @returns Its options.
 */
export function inheritedOptions(
  { uri }: Location,
  options: ConnectOptions,
  connectTimeoutMs?: number | undefined,
): ConnectOptions {
  const picked = pick(OPTIONS, options);
  const inherited = connectTimeoutMs === undefined ? picked : {
    ...picked,
    connectTimeoutMs: Math.min(
      connectTimeoutMs,
      options.connectTimeoutMs ?? Infinity,
    ),
  };
  return /^grpc\+tls:/i.test(uri)
    ? { ...inherited, tls: pick(TLS_OPTIONS, options.tls ?? {}) }
    : inherited;
}

/** Copies the values that are inherited. */
function pick<T extends object>(
  table: Readonly<Record<keyof T, "inherit" | "never">>,
  options: T,
): Partial<T> {
  const picked: Partial<T> = {};
  for (const name of Object.keys(table) as (keyof T)[]) {
    if (table[name] === "inherit") picked[name] = options[name];
  }
  return picked;
}
