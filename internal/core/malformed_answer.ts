/** What it means on the client that an answer cannot be decoded. */

import { FlightError } from "./flight_error.ts";

/**
 * What a decoder threw: the server is to blame, so INVALID_ARGUMENT would point the wrong way; but not
 * for a limit of this side.
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
