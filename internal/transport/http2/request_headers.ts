/** The headers of a request: gRPC over HTTP/2, "Request-Headers". */

import type { FlightHeaders } from "../../core/flight_headers.ts";
import { USER_AGENT } from "../options.ts";
import { ACCEPTED_ENCODINGS } from "./compression.ts";
import { toHeaderList } from "../../grpc/header_list.ts";
import type { Header } from "../../http2/hpack/header.ts";
import { encodeTimeout } from "../../grpc/timeout.ts";

/** Contents of the headers of a request. */
interface RequestHead {
  /** HTTP/2 path. */
  readonly path: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** The host. */
  readonly authority: string;
  /** Deadline of the caller, in milliseconds since the epoch. */
  readonly deadline: number | undefined;
  /** The caller's headers. */
  readonly headers: FlightHeaders;
}

/**
 * Makes the headers of a request: those of HTTP/2 and gRPC, and the caller's.
 */
export function requestHeaders(
  { path, scheme, authority, deadline, headers }: RequestHead,
): { standard: Header[]; custom: Header[] } {
  const standard: Header[] = [
    [":method", "POST"],
    [":scheme", scheme],
    [":path", path],
    [":authority", authority],
    ["te", "trailers"],
    ["content-type", "application/grpc"],
    ["user-agent", USER_AGENT],
    ["grpc-accept-encoding", ACCEPTED_ENCODINGS],
  ];
  if (deadline !== undefined && deadline !== Infinity) {
    const timeout = encodeTimeout(deadline - Date.now());
    // Directly after the pseudo-headers, by the specification.
    standard.splice(4, 0, ["grpc-timeout", timeout]);
  }
  return { standard, custom: toHeaderList(headers) };
}
