/**
 * Converts FlightHeaders to header lists and back: gRPC over HTTP/2,
 * "Custom-Metadata".
 */

import { encodeBase64, isBase64 } from "../base/base64.ts";
import {
  type FlightHeaders,
  isBinaryName,
  isHeaderName,
  isHeaderText,
  receivedHeaders,
} from "../core/flight_headers.ts";
import { isReservedHeader } from "./metadata.ts";
import {
  type Header,
  HEADER_OVERHEAD_BYTES,
  type HeaderList,
} from "../http2/hpack/header.ts";

/** Received as it is, but sent with our value. */
const USER_AGENT = "user-agent";

/** Converts headers for sending, without names that gRPC reserves. */
export function toHeaderList(headers: FlightHeaders): Header[] {
  const list: Header[] = [];
  // Most calls have none, and an iterator would cost more than all else here.
  if (headers.size === 0) return list;
  for (const [name, value] of headers) {
    if (isReservedHeader(name) || name === USER_AGENT) continue;
    list.push([
      name,
      // Spaces around a value make a message malformed (RFC 9113, 8.2.1).
      typeof value === "string" ? value.trim() : encodeBase64(value),
    ]);
  }
  return list;
}

/**
 * Converts received headers. It leaves out names that gRPC reserves, and names
 * and values that gRPC does not allow: other implementations drop those too.
 * The entries are shared with the list and with the table of HPACK.
 */
export function fromHeaderList(list: HeaderList): FlightHeaders {
  const entries: Header[] = [];
  let crumbs: string[] | undefined;
  let cookieAt = 0;
  for (const header of list) {
    const [name, value] = header;
    if (isReservedHeader(name) || !isHeaderName(name)) continue;
    if (isBinaryName(name)) {
      if (isBase64List(value)) entries.push(header);
      continue;
    }
    const text = value.trim();
    if (!isHeaderText(text)) continue;
    if (name === "cookie") {
      // It may come in parts (RFC 9113, section 8.2.3).
      if (crumbs) {
        crumbs.push(text);
        continue;
      }
      crumbs = [text];
      cookieAt = entries.length;
    }
    entries.push(text === value ? header : [name, text]);
  }
  if (crumbs && crumbs.length > 1) {
    // An empty one would leave a space at an end, which no value may have.
    const filled = crumbs.filter((crumb) => crumb !== "");
    entries[cookieAt] = ["cookie", filled.join("; ")];
  }
  return receivedHeaders(entries);
}

/** Reports whether all parts of a value between commas are base64. */
function isBase64List(value: string): boolean {
  for (let start = 0; start <= value.length;) {
    const comma = value.indexOf(",", start);
    let end = comma < 0 ? value.length : comma;
    const next = end + 1;
    while (start < end && isBlank(value, start)) start++;
    while (end > start && isBlank(value, end - 1)) end--;
    if (!isBase64(value, start, end)) return false;
    start = next;
  }
  return true;
}

/**
 * Reports whether a character is HTTP white space (RFC 9110, section 5.6.3).
 */
function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

/**
 * Computes the size of a list as HTTP/2 counts it (RFC 9113, section 6.5.2).
 */
export function headerListBytes(list: Iterable<Header>): number {
  let sum = 0;
  for (const [name, value] of list) {
    sum += name.length + value.length + HEADER_OVERHEAD_BYTES;
  }
  return sum;
}
