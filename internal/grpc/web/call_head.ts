/** The start of a call, as a server of gRPC-Web reads it. */

import { deadlineAfter } from "../../base/timers/deadline.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { FlightHeaders } from "../../core/flight_headers.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import type { HeaderList } from "../../http2/hpack/header.ts";
import { timeoutHeaderError } from "../call_errors.ts";
import { headerExcess } from "../header_limits.ts";
import { fromHeaderList, headerListBytes } from "../header_list.ts";
import { decodeTimeout } from "../timeout.ts";

/** Limits of the headers. */
interface HeadLimits {
  /** See `TransportOptions.maxHeaderListBytes`. */
  readonly maxHeaderListBytes: number;
  /** See `TransportOptions.maxHeaderFields`. */
  readonly maxHeaderFields: number;
}

/**
 * Reads the headers of a call.
 *
 * @returns The headers of the application, and the deadline of the client.
 * @throws {FlightError} When they exceed a limit, or the call cannot be read.
 */
export function callHead(
  list: HeaderList,
  limits: HeadLimits,
): { headers: FlightHeaders; deadline: number | undefined } {
  const bytes = headerListBytes(list);
  const excess = headerExcess(
    "headers",
    bytes > limits.maxHeaderListBytes ? undefined : list,
    bytes,
    limits,
  );
  if (excess) throw excess;
  const encoding = fieldOf(list, "grpc-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw new FlightError(
      "UNIMPLEMENTED",
      `messages in the encoding ${encoding} cannot be read`,
    );
  }
  const header = fieldOf(list, "grpc-timeout");
  const timeout = header === undefined ? undefined : decodeTimeout(header);
  if (timeout === undefined && header !== undefined) throw timeoutHeaderError();
  return {
    headers: fromHeaderList(list),
    deadline: deadlineAfter(timeout),
  };
}
