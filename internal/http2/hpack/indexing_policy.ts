/** Rules for entering headers into the dynamic table: RFC 7541, section 7.1. */

/**
 * Names of headers whose values are secrets. They are sent as never indexed, so
 * that neither this table nor that of a proxy on the way can be probed for them
 * (sections 6.2.3 and 7.1.3). `auth-token-bin` is Flight's own.
 */
export const SECRET_NAMES: readonly string[] = [
  "authorization",
  "auth-token-bin",
  "cookie",
  "proxy-authorization",
  "set-cookie",
];

/**
 * Names of headers whose values hardly ever repeat: in the table they would
 * only evict others. At most one entry of each is there, for its name.
 */
export const VOLATILE_NAMES: ReadonlySet<string> = new Set([
  "baggage",
  "content-length",
  "date",
  "grpc-message",
  "grpc-previous-rpc-attempts",
  "grpc-retry-pushback-ms",
  "grpc-status-details-bin",
  "grpc-tags-bin",
  "grpc-timeout",
  "grpc-trace-bin",
  "traceparent",
  "tracestate",
  "x-arrow-status-detail-bin",
  "x-arrow-status-message-bin",
  "x-request-id",
]);

/**
 * Largest share of the table for one entry; a larger one is not worth the
 * entries that it evicts.
 */
export const MAX_TABLE_SHARE = 0.5;
