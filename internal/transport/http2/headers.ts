/** FlightHeaders to and from header lists: gRPC over HTTP/2, "Custom-Metadata". */

import { decodeBase64, encodeBase64 } from "../../base/base64.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import { isReservedHeader } from "../metadata.ts";
import {
  type Header,
  HEADER_OVERHEAD_BYTES,
  type HeaderList,
} from "./hpack/header.ts";

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

/** What was received, without the names that gRPC reserves. */
export function fromHeaderList(list: HeaderList): FlightHeaders {
  const headers = new FlightHeaders();
  for (const [name, value] of list) {
    if (isReservedHeader(name)) continue;
    try {
      if (name === "cookie") {
        // It may come in parts (RFC 9113, section 8.2.3).
        const before = headers.get(name);
        headers.set(name, before ? `${before}; ${value}` : value);
      } else if (name.endsWith("-bin")) {
        for (const part of value.split(",")) {
          headers.append(name, decodeBase64(part.trim()));
        }
      } else headers.append(name, value.trim());
    } catch {
      // A name or value that is not gRPC's: other implementations drop it too.
    }
  }
  return headers;
}

/** The size of a list as HTTP/2 counts it (RFC 9113, section 6.5.2). */
export function headerListBytes(list: Iterable<Header>): number {
  let sum = 0;
  for (const [name, value] of list) {
    sum += name.length + value.length + HEADER_OVERHEAD_BYTES;
  }
  return sum;
}
