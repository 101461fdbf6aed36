/** Converts FlightHeaders to the Metadata of grpc-js and back. */

import { Buffer } from "node:buffer";

import { Metadata } from "@grpc/grpc-js";

import { FlightHeaders } from "../../core/flight_headers.ts";
import { isReservedHeader } from "../../grpc/metadata.ts";
import { viewOf } from "./messages.ts";

/** Names for which node:http2 throws if they have two values; the last one is sent. */
const SINGLE_VALUE: ReadonlySet<string> = new Set([
  "access-control-allow-credentials",
  "access-control-max-age",
  "access-control-request-method",
  "age",
  "authorization",
  "content-encoding",
  "content-language",
  "content-location",
  "content-md5",
  "content-range",
  "dnt",
  "etag",
  "expires",
  "from",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "location",
  "max-forwards",
  "proxy-authorization",
  "range",
  "referer",
  "retry-after",
  "tk",
  "upgrade-insecure-requests",
  "user-agent",
  "x-content-type-options",
]);

/**
 * Converts headers for sending, without names that gRPC reserves. To send one that belongs to a
 * connection would make node:http2 throw inside grpc-js, which then drops the connection.
 */
export function toMetadata(headers: FlightHeaders): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of headers) {
    // The client's own is that of its channel.
    if (isReservedHeader(name) || name === "user-agent") continue;
    const sent = typeof value === "string"
      // node:http2 drops a value with spaces around it, which is malformed (RFC 9113, 8.2.1).
      ? value.trim()
      : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    if (SINGLE_VALUE.has(name)) metadata.set(name, sent);
    else metadata.add(name, sent);
  }
  return metadata;
}

/** Converts received metadata, without names that gRPC reserves. */
export function fromMetadata(metadata: Metadata): FlightHeaders {
  const headers = new FlightHeaders();
  // toJSON() returns a plain object, in which a header of the latter name may be its prototype.
  const names = new Set([...Object.keys(metadata.toJSON()), "__proto__"]);
  for (const name of names) {
    if (isReservedHeader(name)) continue;
    for (const value of metadata.get(name)) {
      try {
        headers.append(name, typeof value === "string" ? value : viewOf(value));
      } catch {
        // gRPC does not allow this name or value: grpc-js drops these likewise.
      }
    }
  }
  return headers;
}

/**
 * Computes the size of `headers` as HTTP/2 counts it (RFC 9113, section 6.5.2): names, values as on
 * the wire, and 32 bytes each.
 */
export function headersByteLength(headers: FlightHeaders): number {
  let sum = 0;
  for (const [name, value] of headers) {
    sum += 32 + name.length +
      (typeof value === "string"
        ? value.length
        : Math.ceil(value.byteLength * 4 / 3));
  }
  return sum;
}
