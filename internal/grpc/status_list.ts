/** The status of a call as a list of headers, and the faults of lists and messages. */

import { FLIGHT_ERROR_CODES, FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import { fieldOf, valuesOf } from "../http2/frame/field_rules.ts";
import type { Header, HeaderList } from "../http2/hpack/header.ts";
import { answerError, type PlainAnswer } from "./answer_end.ts";
import {
  cutShortError,
  messageTooLargeText,
  sentHeadersTooLargeText,
} from "./call_errors.ts";
import {
  fromHeaderList,
  headerListBytes,
  toHeaderList,
} from "./header_list.ts";
import type { MessageProblem } from "./message_reader.ts";
import { decodeDetails, encodeDetails } from "./status.ts";

/**
 * Determines the outcome of a client's call.
 *
 * @param address The server.
 * @param list The block that ended the answer; undefined if data did.
 * @param headers The headers before it; undefined if that block is all.
 * @param plain The answer, if it is not gRPC.
 */
export function outcomeOf(
  address: string,
  list: HeaderList | undefined,
  headers: FlightHeaders | undefined,
  plain: PlainAnswer | undefined,
): { trailers: FlightHeaders; error: FlightError | undefined } {
  const trailers = list ? fromHeaderList(list) : new FlightHeaders();
  const error = answerError({
    address,
    plain,
    status: list && valuesOf(list, "grpc-status"),
    details: decodeDetails(list && fieldOf(list, "grpc-message") || ""),
    last: list === undefined ? "data" : headers ? "trailers" : "headers",
    headers,
    trailers,
  });
  return { trailers, error };
}

/**
 * Makes the error of a message that cannot be read.
 *
 * @param what `request` or `answer`.
 * @param limit The option maxReceiveMessageBytes.
 */
export function messageError(
  problem: MessageProblem,
  what: "request" | "answer",
  limit: number,
): FlightError {
  switch (problem.kind) {
    case "too large":
      return new FlightError(
        "RESOURCE_EXHAUSTED",
        messageTooLargeText(String(problem.byteLength), String(limit)),
      );
    case "bad flag":
      return new FlightError(
        "INTERNAL",
        `a message has the flag ${problem.flag}, which gRPC does not define`,
        { origin: "remote" },
      );
    case "cut short":
      return cutShortError(what);
  }
}

/**
 * Rejects a list that the peer would not accept: most implementations then do
 * not fail the call but close the connection, and with it all other calls.
 *
 * @param limit Most bytes of the list. It is below 0 if the peer does not even
 * accept the headers that every call has, which are sent nonetheless.
 * @returns The error, or undefined.
 */
export function sentTooLarge(
  what: string,
  list: readonly Header[],
  limit: number,
): FlightError | undefined {
  const size = headerListBytes(list);
  const allowed = Math.max(0, limit);
  return size <= allowed ? undefined : new FlightError(
    "RESOURCE_EXHAUSTED",
    sentHeadersTooLargeText(what, size, allowed),
  );
}

/** The trailers of most calls. It is frozen, so that it is compressed once. */
const OK: readonly Header[] = Object.freeze(statusHeaders(0, ""));

/**
 * Makes the trailers that end a call of the server: OK if there is no error.
 *
 * @param limit Largest list that the client accepts.
 * @param onUnsent Called with an error if trailers are larger, and left out.
 */
export function statusList(
  error: FlightError | undefined,
  trailers: FlightHeaders,
  limit: number,
  onUnsent?: (error: FlightError) => void,
): readonly Header[] {
  if (error === undefined && trailers.size === 0) return OK;
  const own = toHeaderList(trailers);
  const tooLarge = sentTooLarge("trailers", own, limit);
  if (tooLarge) {
    onUnsent?.(tooLarge);
    // A part of the trailers could be mistaken for all of them.
    const outcome = error ? `${error.code}: ${error.details}` : "OK";
    return statusHeaders(
      FLIGHT_ERROR_CODES.RESOURCE_EXHAUSTED,
      `${tooLarge.details}; the call had ended with ${outcome}`,
    );
  }
  return [
    ...statusHeaders(
      error ? FLIGHT_ERROR_CODES[error.code] : 0,
      error?.details ?? "",
    ),
    ...own,
  ];
}

function statusHeaders(code: number, details: string): Header[] {
  const status: Header = ["grpc-status", String(code)];
  return details === ""
    ? [status]
    : [status, ["grpc-message", encodeDetails(details)]];
}
