/** The headers of a request: gRPC over HTTP/2, "Request-Headers". */

import { timeUntil } from "../../base/timers/deadline.ts";
import { USER_AGENT } from "../options.ts";
import { ACCEPTED_ENCODINGS } from "./compression.ts";
import { headerListBytes } from "../../grpc/header_list.ts";
import type { Header } from "../../http2/hpack/header.ts";
import { encodeTimeout } from "../../grpc/timeout.ts";

/** Most paths whose headers are kept; Flight has ten. */
const MAX_KEPT = 64;

/** Headers of HTTP/2 and gRPC. */
interface StandardHeaders {
  /** The headers, in order. */
  readonly list: readonly Header[];
  /** Their size, as HTTP/2 counts it. */
  readonly byteLength: number;
}

/** Makes the headers of the requests to a server that are not the caller's. */
export class RequestHeaders {
  readonly #scheme: string;
  readonly #authority: string;
  /** Headers of calls without a deadline, by path. They are frozen, so that they are compressed once. */
  readonly #kept = new Map<string, StandardHeaders>();

  /**
   * @param scheme `http` or `https`.
   * @param authority The host.
   */
  constructor(scheme: string, authority: string) {
    this.#scheme = scheme;
    this.#authority = authority;
  }

  /**
   * Makes the headers of a request.
   *
   * @param path HTTP/2 path.
   * @param deadline Deadline of the caller; `undefined` for never.
   */
  of(path: string, deadline: number | undefined): StandardHeaders {
    const isTimed = deadline !== undefined && deadline !== Infinity;
    const known = isTimed ? undefined : this.#kept.get(path);
    if (known !== undefined) return known;
    const list: Header[] = [
      [":method", "POST"],
      [":scheme", this.#scheme],
      [":path", path],
      [":authority", this.#authority],
      ["te", "trailers"],
      ["content-type", "application/grpc"],
      ["user-agent", USER_AGENT],
      ["grpc-accept-encoding", ACCEPTED_ENCODINGS],
    ];
    if (isTimed) {
      // Directly after the pseudo-headers, by the specification.
      list.splice(4, 0, ["grpc-timeout", encodeTimeout(timeUntil(deadline))]);
    }
    const headers = { list, byteLength: headerListBytes(list) };
    if (!isTimed && this.#kept.size < MAX_KEPT) {
      Object.freeze(list);
      this.#kept.set(path, headers);
    }
    return headers;
  }
}
