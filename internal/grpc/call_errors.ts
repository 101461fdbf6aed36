/** Errors that the gRPC transports share, and their texts. */

import {
  FlightError,
  type FlightErrorCode,
  type FlightErrorOptions,
} from "../core/flight_error.ts";
import type { FlightHeaders } from "../core/flight_headers.ts";
import type { ErrorCodeName } from "../http2/frame/http2_error.ts";
import { MAX_SENT_HEADERS_BYTES } from "./metadata.ts";

/** Makes the error of a failed attempt to connect. */
export function connectError(
  location: string,
  reason: string,
  options: Omit<FlightErrorOptions, "origin"> = {},
): FlightError {
  return new FlightError(
    "UNAVAILABLE",
    reason === ""
      ? `cannot connect to ${location}`
      : `cannot connect to ${location}: ${reason}`,
    { ...options, origin: "transport" },
  );
}

/** Describes an attempt to connect that took too long. */
export function connectTimeoutText(
  ms: number,
  option: "connectTimeoutMs" | "locationTimeoutMs" = "connectTimeoutMs",
): string {
  return `no connection within ${ms} ms (option ${option})`;
}

/** Describes a connection that was lost during a call. */
export function lostConnectionText(location: string, problem = ""): string {
  return problem === ""
    ? `the connection to ${location} was lost`
    : `the connection to ${location} was lost: ${problem}`;
}

/** "HTTP2 Transport Mapping" of gRPC, and codes that it lacks. */
const RESET_CODES: Partial<Record<ErrorCodeName, FlightErrorCode>> = {
  REFUSED_STREAM: "UNAVAILABLE",
  CANCEL: "CANCELLED",
  ENHANCE_YOUR_CALM: "RESOURCE_EXHAUSTED",
  INADEQUATE_SECURITY: "PERMISSION_DENIED",
};

/** Makes the error of a call whose stream the server has reset. */
export function resetError(
  location: string,
  code: ErrorCodeName,
  headers?: FlightHeaders,
): FlightError {
  // It has not processed the call (RFC 9113, section 8.7).
  const verb = code === "REFUSED_STREAM" ? "refused" : "reset";
  return new FlightError(
    RESET_CODES[code] ?? "INTERNAL",
    `${location} ${verb} the call (${code})`,
    { origin: "transport", headers },
  );
}

/** Describes a message beyond the limit of its receiver. */
export function messageTooLargeText(size: string, limit: string): string {
  return `the message of ${size} bytes exceeds the limit of ${limit} bytes ` +
    "(option maxReceiveMessageBytes)";
}

/** Describes a list of headers or trailers that is too large to send. */
export function sentHeadersTooLargeText(
  what: string,
  size: number,
  limit: number,
): string {
  const whose = limit < MAX_SENT_HEADERS_BYTES ? " that the peer accepts" : "";
  return `the ${what} of ${size} bytes exceed the limit of ${limit} bytes${whose}`;
}

/** Describes a list of headers or trailers with too many values. */
export function tooManyFieldsText(
  what: string,
  fields: number,
  limit: number,
): string {
  return `the ${what} have ${fields} values, more than the limit of ${limit} ` +
    "(option maxHeaderFields)";
}

/** Makes the error of a call whose deadline has passed. */
export function deadlineError(): FlightError {
  return new FlightError("DEADLINE_EXCEEDED", "the deadline has passed");
}

/** Makes the error of an invalid grpc-timeout header; the code is that of Go, Java and grpc-js. */
export function timeoutHeaderError(): FlightError {
  return new FlightError(
    "INTERNAL",
    "the header grpc-timeout is malformed: it has 1 to 8 digits and then one " +
      "of H, M, S, m, u and n",
  );
}

/** Makes the error of a server's call that has lost its client. */
export function clientGoneError(): FlightError {
  return new FlightError("CANCELLED", "the client canceled the call", {
    origin: "remote",
  });
}

/** Makes the error of a call whose client takes none of its answer. */
export function notAcceptedError(sendStallTimeoutMs: number): FlightError {
  return new FlightError(
    "DEADLINE_EXCEEDED",
    `the client accepted no data for ${sendStallTimeoutMs} ms (option ` +
      "sendStallTimeoutMs)",
  );
}

/** Makes the error of a client's call whose answer is canceled without a reason. */
export function unwantedError(headers: FlightHeaders | undefined): FlightError {
  return new FlightError("CANCELLED", "the call was canceled by its reader", {
    headers,
  });
}

/** Makes the error of a call on a closed client. */
export function closedError(): FlightError {
  return new FlightError("CANCELLED", "the client was closed");
}

/**
 * Makes the error of a transport whose package cannot be loaded: it is missing, or not permitted.
 */
export function loadError(name: string, cause: unknown): FlightError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FlightError(
    "FAILED_PRECONDITION",
    `cannot load ${name}: ${reason}`,
    { cause },
  );
}

/** Makes the error of a call that ends with its server. */
export function shutDownError(): FlightError {
  return new FlightError("UNAVAILABLE", "the server was shut down");
}

/** Makes the error of a request or an answer that ends in mid-message. */
export function cutShortError(what: "request" | "answer"): FlightError {
  return new FlightError("INTERNAL", `the ${what} ends in mid-message`, {
    origin: "remote",
  });
}

/**
 * Converts an error of a handler for the peer: a FlightError stays as it is. Anything else becomes
 * a fixed text, since it may contain information that is not for strangers.
 *
 * @param error The thrown value.
 * @param isInAnswer True if a part of the answer has been sent, so the client's copy is incomplete.
 */
export function handlerError(error: unknown, isInAnswer = false): FlightError {
  if (FlightError.is(error)) return error;
  return isInAnswer
    ? new FlightError(
      "INTERNAL",
      "the service failed in the middle of its answer",
      { cause: error },
    )
    : new FlightError("UNKNOWN", "the service failed to handle the call", {
      cause: error,
    });
}
