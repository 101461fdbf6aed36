/** The errors that the gRPC transports have in common, and their texts. */

import { FlightError, type FlightErrorOptions } from "../core/flight_error.ts";
import { MAX_SENT_HEADERS_BYTES } from "./metadata.ts";

/** An attempt to connect has failed. */
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

/** Why an attempt to connect took too long. */
export function connectTimeoutText(connectTimeoutMs: number): string {
  return `no connection within ${connectTimeoutMs} ms (option connectTimeoutMs)`;
}

/** A connection was lost under a call. */
export function lostConnectionText(location: string, problem = ""): string {
  return problem === ""
    ? `the connection to ${location} was lost`
    : `the connection to ${location} was lost: ${problem}`;
}

/** A server has refused to process a call (RFC 9113, section 8.7). */
export function refusedText(location: string): string {
  return resetText(location, "REFUSED_STREAM", "refused");
}

/** A server has ended the stream of a call. */
export function resetText(
  location: string,
  code: string,
  verb = "reset",
): string {
  return `${location} ${verb} the call (${code})`;
}

/** A message beyond the limit of its receiver. */
export function messageTooLargeText(size: string, limit: string): string {
  return `the message of ${size} bytes exceeds the limit of ${limit} bytes ` +
    "(option maxReceiveMessageBytes)";
}

/** A list of headers or trailers that is not sent. */
export function sentHeadersTooLargeText(
  what: string,
  size: number,
  limit: number,
): string {
  const whose = limit < MAX_SENT_HEADERS_BYTES ? " that the peer accepts" : "";
  return `the ${what} of ${size} bytes exceed the limit of ${limit} bytes${whose}`;
}

/** A list of headers or trailers with too many values. */
export function tooManyFieldsText(
  what: string,
  fields: number,
  limit: number,
): string {
  return `the ${what} have ${fields} values, more than the limit of ${limit} ` +
    "(option maxHeaderFields)";
}

/** The deadline of a call has passed. */
export function deadlineError(): FlightError {
  return new FlightError("DEADLINE_EXCEEDED", "the deadline has passed");
}

/** The header grpc-timeout is none; the code is that of Go, Java and grpc-js. */
export function timeoutHeaderError(): FlightError {
  return new FlightError(
    "INTERNAL",
    "the header grpc-timeout is malformed: it has 1 to 8 digits and then one " +
      "of H, M, S, m, u and n",
  );
}

/** A call of the server has lost its client. */
export function clientGoneError(): FlightError {
  return new FlightError("CANCELLED", "the client cancelled the call", {
    origin: "remote",
  });
}

/** The client was closed. */
export function closedError(): FlightError {
  return new FlightError("CANCELLED", "the client was closed");
}

/** A transport's package cannot be loaded: it is missing, or not permitted. */
export function loadError(name: string, cause: unknown): FlightError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new FlightError(
    "FAILED_PRECONDITION",
    `cannot load ${name}: ${reason}`,
    { cause },
  );
}

/** A call ends with its server. */
export function shutDownError(): FlightError {
  return new FlightError("UNAVAILABLE", "the server was shut down");
}

/** A request or an answer ends in mid-message. */
export function cutShortError(what: "request" | "answer"): FlightError {
  return new FlightError("INTERNAL", `the ${what} ends in mid-message`, {
    origin: "remote",
  });
}

/**
 * What a handler threw, as the peer is told of it: a FlightError as it is, anything else by a fixed
 * text, since it may contain what a stranger must not see.
 *
 * @param error What was thrown.
 * @param isInAnswer Whether a part of the answer had been sent: what the client has is broken then.
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
