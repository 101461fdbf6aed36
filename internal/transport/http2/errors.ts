/** Statuses, resets and lost connections to FlightError: the only place for it. */

import {
  codeFromNumber,
  FLIGHT_ERROR_CODES,
  FlightError,
  type FlightErrorCode,
} from "../../core/flight_error.ts";
import type { FlightHeaders } from "../../core/flight_headers.ts";
import {
  cutShortError,
  httpStatusText,
  lostConnectionText,
  messageTooLargeText,
  refusedText,
  resetText,
  sentHeadersTooLargeText,
} from "../call_errors.ts";
import { httpStatusCode } from "../http_status.ts";
import { fieldOf } from "./field_rules.ts";
import { fromHeaderList, headerListBytes, toHeaderList } from "./headers.ts";
import type { Header, HeaderList } from "./hpack/header.ts";
import type { ErrorCodeName } from "./http2_error.ts";
import type { MessageProblem } from "./message_reader.ts";
import { decodeDetails, encodeDetails } from "./status.ts";
import type { StreamReset } from "./stream.ts";

/** "HTTP2 Transport Mapping" of gRPC, and what is missing there. */
const RESET_CODES: Partial<Record<ErrorCodeName, FlightErrorCode>> = {
  REFUSED_STREAM: "UNAVAILABLE",
  CANCEL: "CANCELLED",
  ENHANCE_YOUR_CALM: "RESOURCE_EXHAUSTED",
  INADEQUATE_SECURITY: "PERMISSION_DENIED",
};

/** Why a stream of a client has ended early. */
export function resetError(
  address: string,
  reset: StreamReset,
  headers: FlightHeaders | undefined,
): FlightError {
  const { by, code, problem } = reset;
  if (by === "us") {
    return new FlightError(
      "INTERNAL",
      `${address} does not keep to HTTP/2: ${problem} (${code})`,
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

/**
 * The outcome of a client's call.
 *
 * @param list The block that ended the stream.
 * @param headers The headers before it; undefined if that block is all.
 * @param address The server.
 */
export function outcomeOf(
  list: HeaderList,
  headers: FlightHeaders | undefined,
  address: string,
): { trailers: FlightHeaders; error: FlightError | undefined } {
  const trailers = fromHeaderList(list);
  const status = fieldOf(list, "grpc-status");
  if (status === undefined) {
    const error = headers === undefined
      ? notGrpcError(list, address)
      : missingStatus(address, headers);
    return { trailers, error };
  }
  if (/^0+$/.test(status)) return { trailers, error: undefined };
  const number = /^\d{1,3}$/.test(status) ? Number(status) : 2;
  const error = new FlightError(
    codeFromNumber(number),
    decodeDetails(fieldOf(list, "grpc-message") ?? ""),
    { origin: "remote", headers, trailers },
  );
  return { trailers, error };
}

/** A stream that ended without a status. */
export function missingStatus(
  address: string,
  headers: FlightHeaders | undefined,
): FlightError {
  return new FlightError(
    "INTERNAL",
    `${address} ended the call without a status`,
    { origin: "transport", headers },
  );
}

/** An answer that is not gRPC, or undefined if it looks like gRPC. */
export function notGrpcError(
  list: HeaderList,
  address: string,
): FlightError | undefined {
  const status = fieldOf(list, ":status");
  const type = fieldOf(list, "content-type");
  if (status === "200") {
    if (type === undefined || isGrpcType(type)) return undefined;
    return new FlightError(
      "UNKNOWN",
      `${address} answered with content-type ${type}, which is not gRPC`,
      { origin: "transport" },
    );
  }
  return new FlightError(
    httpStatusCode(Number(status)),
    httpStatusText(address, status ?? "none"),
    { origin: "transport" },
  );
}

/** Whether a content-type is gRPC's: the part behind "+" or ";" is free. */
export function isGrpcType(type: string): boolean {
  return /^application\/grpc(?:$|[+;])/i.test(type);
}

/**
 * A message that cannot be read.
 *
 * @param what The `request` or the `answer`.
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
        `a message has the flag ${problem.flag}, which gRPC does not know`,
        { origin: "remote" },
      );
    case "cut short":
      return cutShortError(what);
  }
}

/**
 * Refuses a list that the peer would not accept: most implementations then do
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
 * The trailers that end a call of the server: OK where there is no error.
 *
 * @param limit Largest list that the client accepts.
 */
export function statusList(
  error: FlightError | undefined,
  trailers: FlightHeaders,
  limit: number,
): Header[] {
  const own = toHeaderList(trailers);
  const tooLarge = sentTooLarge("trailers", own, limit);
  if (tooLarge) {
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
