/**
 * Converts resets and lost connections to FlightError. No other file does.
 */

import { FlightError } from "../../core/flight_error.ts";
import type { FlightHeaders } from "../../core/flight_headers.ts";
import type { AnswerHead } from "../../grpc/answer_end.ts";
import { lostConnectionText, resetError } from "../../grpc/call_errors.ts";
import { fieldOf } from "../../http2/frame/field_rules.ts";
import type { HeaderList } from "../../http2/hpack/header.ts";
import type { StreamReset } from "../../http2/connection/stream.ts";

/** Makes the error of a client's stream that has ended early. */
export function earlyEndError(
  address: string,
  reset: StreamReset,
  headers: FlightHeaders | undefined,
): FlightError {
  const { by, code, problem } = reset;
  if (by === "us") {
    return new FlightError(
      "INTERNAL",
      `${address} violated HTTP/2: ${problem} (${code})`,
      { origin: "transport", headers },
    );
  }
  if (by === "connection") {
    return new FlightError(
      "UNAVAILABLE",
      lostConnectionText(address, problem),
      { origin: "transport", headers },
    );
  }
  return resetError(address, code, headers);
}

/** Extracts the HTTP headers of an answer. */
export function headOf(list: HeaderList): AnswerHead {
  return {
    httpStatus: fieldOf(list, ":status") ?? "none",
    contentType: fieldOf(list, "content-type"),
    location: fieldOf(list, "location"),
    contentEncoding: fieldOf(list, "content-encoding"),
  };
}

/**
 * Makes the error of a call that fails because too much is unread on its
 * connection.
 *
 * @param unread Unread bytes of this call.
 * @param limit The option maxUnreadBytes.
 */
export function unreadError(unread: number, limit: number): FlightError {
  return new FlightError(
    "RESOURCE_EXHAUSTED",
    `the calls of this connection have more than ${limit} bytes that were ` +
      `received and not read, ${unread} of them in this call, which is the ` +
      "furthest behind (option maxUnreadBytes)",
  );
}
