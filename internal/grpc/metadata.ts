/** Metadata rules that the gRPC transports share: gRPC over HTTP/2, "Custom-Metadata". */

import { CONNECTION_HEADERS } from "../http2/frame/field_rules.ts";

/**
 * Largest header or trailer list that is sent, in bytes as HTTP/2 counts them.
 * Beyond 64 KiB, most implementations of HTTP/2 do not fail the call but close
 * the connection, and with it all other calls.
 */
export const MAX_SENT_HEADERS_BYTES: number = 60 * 1024;

/**
 * Longest `grpc-message` that is sent, in bytes on the wire. Java and C++ peers
 * accept 8 KiB of headers altogether, and the details travel twice
 * (`x-arrow-status-message-bin`).
 */
const MAX_DETAILS_BYTES = 3072;

/** Names that begin with `grpc-` but belong to the application: `extra_info`, and gRFC A6. */
const NOT_RESERVED: ReadonlySet<string> = new Set([
  "grpc-retry-pushback-ms",
  "grpc-status-details-bin",
]);

const RESERVED: ReadonlySet<string> = new Set([
  ...CONNECTION_HEADERS,
  "accept-encoding",
  "content-length",
  "content-type",
  "date",
  "host",
  "http2-settings",
  "te",
  "trailer",
]);

/**
 * Reports whether a header belongs to HTTP/2 or gRPC. Such headers are never handed out, and never
 * sent.
 */
export function isReservedHeader(name: string): boolean {
  return RESERVED.has(name) || name.startsWith(":") ||
    (name.startsWith("grpc-") && !NOT_RESERVED.has(name));
}

/**
 * Shortens details that would not fit into a header.
 *
 * @param details The text.
 * @param bytesOf Returns the encoded length of a character, in bytes.
 */
export function truncateDetails(
  details: string,
  bytesOf: (character: string) => number,
): string {
  // Half a surrogate pair cannot be encoded.
  const text = details.toWellFormed();
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > MAX_DETAILS_BYTES) return `${text.slice(0, end)}...`;
    end += character.length;
  }
  return text;
}
