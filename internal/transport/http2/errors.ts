/**
 * Converts statuses, resets and lost connections to FlightError. No other file
 * does.
 */

import {
  FLIGHT_ERROR_CODES,
  FlightError,
  type FlightErrorCode,
} from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import {
  answerError,
  type AnswerHead,
  type PlainAnswer,
} from "../../grpc/answer_end.ts";
import {
  cutShortError,
  lostConnectionText,
  messageTooLargeText,
  refusedText,
  resetText,
  sentHeadersTooLargeText,
} from "../../grpc/call_errors.ts";
import { fieldOf, valuesOf } from "../../http2/frame/field_rules.ts";
import { fromHeaderList, headerListBytes, toHeaderList } from "./headers.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import type { ErrorCodeName } from "../../http2/frame/http2_error.ts";
import type { MessageProblem } from "../../grpc/message_reader.ts";
import { decodeDetails, encodeDetails } from "../../grpc/status.ts";
import type { StreamReset } from "../../http2/connection/stream.ts";

/** "HTTP2 Transport Mapping" of gRPC, and codes that it lacks. */
const RESET_CODES: Partial<Record<ErrorCodeName, FlightErrorCode>> = {
  REFUSED_STREAM: "UNAVAILABLE",
  CANCEL: "CANCELLED",
  ENHANCE_YOUR_CALM: "RESOURCE_EXHAUSTED",
  INADEQUATE_SECURITY: "PERMISSION_DENIED",
};

/** Makes the error of a client's stream that has ended early. */
export function resetError(
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
  return new FlightError(
    RESET_CODES[code] ?? "INTERNAL",
    code === "REFUSED_STREAM" ? refusedText(address) : resetText(address, code),
    { origin: "transport", headers },
  );
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

/**
 * Rejects a list that the peer would not accept: most implementations then do
 * not fail the call but close the connection, and with it all other calls.
 *
 * @returns The error, or undefined.
 */
export function sentTooLarge(
  what: string,
  list: readonly Header[],
  limit: number,
): FlightError | undefined {
  const size = headerListBytes(list);
  return size <= limit ? undefined : new FlightError(
    "RESOURCE_EXHAUSTED",
    sentHeadersTooLargeText(what, size, limit),
  );
}

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
): Header[] {
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
