/** Errors of a client that cannot decode an answer. */

import { FlightError } from "./flight_error.ts";

/**
 * Converts an error of a decoder. The server is at fault, so INVALID_ARGUMENT would blame the wrong
 * side. Errors about a limit of this side stay as they are.
 */
export function malformedAnswer(error: unknown, method: string): unknown {
  if (!FlightError.is(error) || error.origin !== "local") return error;
  if (error.code === "RESOURCE_EXHAUSTED") return error.with({ method });
  return new FlightError(
    error.code === "INVALID_ARGUMENT" ? "INTERNAL" : error.code,
    error.details,
    { method, origin: "remote", cause: error },
  );
}
