/** FlightHeaders to and from header lists: gRPC over HTTP/2, "Custom-Metadata". */

import { encodeBase64, isBase64 } from "../../base/base64.ts";
import {
  type FlightHeaders,
  isBinaryName,
  isHeaderName,
  isHeaderText,
  receivedHeaders,
} from "../../core/flight_headers.ts";
import { isReservedHeader } from "../../grpc/metadata.ts";
import {
  type Header,
  HEADER_OVERHEAD_BYTES,
  type HeaderList,
} from "../../http2/hpack/header.ts";

/** Received as is, but ours in what we send. */
const USER_AGENT = "user-agent";

/** What is sent for `headers`: all but the names that gRPC reserves. */
export function toHeaderList(headers: FlightHeaders): Header[] {
  const list: Header[] = [];
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
 * What was received, without the names that gRPC reserves, and without names and
 * values that are not gRPC's: other implementations drop those too. The entries
 * are those of the list, which shares them with the table of HPACK.
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

/** Whether a value is base64 in all parts between its commas. */
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

/** White space as HTTP knows it (RFC 9110, section 5.6.3). */
function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

/** The size of a list as HTTP/2 counts it (RFC 9113, section 6.5.2). */
export function headerListBytes(list: Iterable<Header>): number {
  let sum = 0;
  for (const [name, value] of list) {
    sum += name.length + value.length + HEADER_OVERHEAD_BYTES;
  }
  return sum;
}
