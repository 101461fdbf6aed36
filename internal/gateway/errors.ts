/** Errors of backends, as the clients of a gateway see them. */

import { FlightError } from "../core/flight_error.ts";
import { FlightHeaders } from "../core/flight_headers.ts";
import { malformedAnswer } from "../core/malformed_answer.ts";
import { PUSHBACK } from "../core/retry_pushback.ts";

/** Trailers of a failure that say something about it; others may be about the gateway's own connection. */
const TRAILERS = ["grpc-status-details-bin", PUSHBACK];

/** Text for a backend that cannot be reached: its address is not for clients. */
const UNREACHABLE = "the backend cannot be reached at the moment";

/**
 * Reports whether a call failed before a server could have begun with it, so that it may be made elsewhere whatever it
 * does.
 */
export function isUnsent(error: unknown): boolean {
  return FlightError.is(error) && error.code === "UNAVAILABLE" &&
    error.origin === "transport" && error.details.startsWith("cannot connect");
}

/** Reports whether a server could not be reached, or is about to end. */
export function isUnavailable(error: unknown): error is FlightError {
  return FlightError.is(error) && error.code === "UNAVAILABLE";
}

/**
 * Reports whether an error only says that data cannot be read at one of its locations: it cannot be reached, or refuses
 * the gateway, which has no credentials for it.
 */
export function isOfLocation(error: unknown): boolean {
  return isUnavailable(error) ||
    FlightError.is(error) &&
      (error.code === "UNAUTHENTICATED" || error.code === "PERMISSION_DENIED");
}

/**
 * Makes of the error of a call to a backend the one for the client.
 *
 * @param error The error.
 * @param asClient True if the backend has authenticated the client, not the gateway.
 */
export function visibleError(error: unknown, asClient: boolean): unknown {
  if (!FlightError.is(error) || error.origin === "local") return error;
  const { code, details, extraInfo } = error;
  if (error.origin === "transport") {
    return code === "UNAVAILABLE"
      ? new FlightError(code, UNREACHABLE, { cause: error })
      : new FlightError(code, "the call to the backend failed", {
        cause: error,
      });
  }
  if (code === "UNAUTHENTICATED" && !asClient) {
    return new FlightError(
      "INTERNAL",
      "the backend has refused the credentials of the gateway",
      { cause: error },
    );
  }
  const trailers = new FlightHeaders();
  for (const name of TRAILERS) {
    for (const value of error.trailers?.getAll(name) ?? []) {
      trailers.append(name, value);
    }
  }
  return new FlightError(code, details, { extraInfo, trailers, cause: error });
}

/**
 * Decodes a part of the answer of a backend.
 *
 * @param method The call that it answers.
 * @throws {FlightError} INTERNAL when it is malformed: the client is not at fault.
 */
export function decodedAnswer<T>(
  method: string,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => T,
): T {
  try {
    return decode(bytes);
  } catch (error) {
    throw malformedAnswer(error, method);
  }
}

/** Error of a result whose server is gone. */
export function lostError(cause: unknown, isBegun: boolean): FlightError {
  return new FlightError(
    "UNAVAILABLE",
    isBegun
      ? "the server that held the result was lost before all of it was delivered: run the query again"
      : "the result is lost, because the server that held it is gone: run the query again",
    { cause },
  );
}
