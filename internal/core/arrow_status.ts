/**
 * The trailers in which C++ (and so Python) peers send the Arrow status of a failed call and the
 * extra information of an error (cpp/src/arrow/flight/transport/grpc/util_internal.cc).
 */

import { toBytes, toText } from "../base/bytes.ts";
import {
  FLIGHT_ERROR_CODES,
  FlightError,
  type FlightErrorCode,
} from "./flight_error.ts";
import { FlightHeaders } from "./flight_headers.ts";
import { encodeRpcStatus, extraInfoOfRpcStatus } from "./rpc_status.ts";

const STATUS = "x-arrow-status";
const MESSAGE = "x-arrow-status-message-bin";
const DETAILS = "grpc-status-details-bin";

/** arrow::StatusCode::IOError: the code under which a C++ client keeps its FlightStatusDetail. */
const IO_ERROR = "5";

/** Arrow status codes that are more precise than gRPC's UNKNOWN (cpp/src/arrow/status.h). */
const CODES: ReadonlyMap<string, FlightErrorCode> = new Map([
  ["1", "RESOURCE_EXHAUSTED"],
  ["2", "NOT_FOUND"],
  ["4", "INVALID_ARGUMENT"],
  ["6", "RESOURCE_EXHAUSTED"],
  ["7", "OUT_OF_RANGE"],
  ["8", "CANCELLED"],
  ["10", "UNIMPLEMENTED"],
  ["45", "ALREADY_EXISTS"],
]);

/** Adds to an error from the wire the information in its trailers, unless that was done already. */
export function arrowStatusError(error: FlightError): FlightError {
  const { trailers } = error;
  if (
    error.origin !== "remote" || error.extraInfo !== undefined ||
    trailers === undefined
  ) {
    return error;
  }
  const sent = trailers.getBinary(DETAILS);
  const extraInfo = sent &&
    (extraInfoOfRpcStatus(sent, FLIGHT_ERROR_CODES[error.code]) ?? sent);
  const message = trailers.getBinary(MESSAGE);
  const status = trailers.get(STATUS);
  const code = error.code === "UNKNOWN"
    ? CODES.get(status ?? "") ?? error.code
    : error.code;
  // The gRPC text of C++ joins message and detail; the detail of Python is a stack trace.
  const details = message === undefined ? error.details : toText(message);
  if (
    extraInfo === undefined && code === error.code && details === error.details
  ) return error;
  return new FlightError(code, details, {
    method: error.method,
    origin: error.origin,
    headers: error.headers,
    trailers,
    extraInfo,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}

/**
 * Makes the trailers of an error: its own, and those in which C++ peers look for its extra
 * information.
 *
 * @param error The error.
 * @param request Headers of the call, by which clients are known that expect a `google.rpc.Status`.
 */
export function arrowStatusTrailers(
  error: FlightError,
  request: FlightHeaders,
): FlightHeaders {
  const trailers = new FlightHeaders(error.trailers);
  if (error.extraInfo !== undefined) {
    trailers.set(STATUS, IO_ERROR);
    trailers.set(MESSAGE, toBytes(error.details));
    trailers.set(
      DETAILS,
      expectsRpcStatus(request)
        ? encodeRpcStatus(
          FLIGHT_ERROR_CODES[error.code],
          error.details,
          error.extraInfo,
        )
        : error.extraInfo,
    );
  }
  return trailers;
}

/** Clients of gRPC-Web, and grpc-go, of which their proxies are made, fail for anything else. */
function expectsRpcStatus(request: FlightHeaders): boolean {
  return request.has("x-grpc-web") ||
    /\b(?:grpc-go|connect-(?:go|es))\//.test(request.get("user-agent") ?? "");
}
