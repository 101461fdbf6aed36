/** The refusal of a database for reading only, the same for each engine. */

import { FlightError } from "../../core/flight_error.ts";

/** The way to open a database for writing, for those who open it by an adapter. */
export const READ_ONLY_HINT = "the option readOnly: false opens it for writing";

/**
 * Makes the error.
 *
 * @param what A verb: the work that is refused.
 * @param hint The way to open it for writing.
 */
export function readOnlyError(what: string, hint: string): FlightError {
  return new FlightError(
    "FAILED_PRECONDITION",
    `Cannot ${what}: the database is open for reading only; ${hint}`,
  );
}
