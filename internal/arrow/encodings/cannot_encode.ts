/** The error of data that cannot be sent. */

import { FlightError } from "../../core/flight_error.ts";
import { noteProblem } from "../../core/unsendable.ts";

/** Makes the error of data that cannot be sent. */
export function cannotEncode(
  what: string,
  problem: string,
  code: "INVALID_ARGUMENT" | "UNIMPLEMENTED" = "INVALID_ARGUMENT",
): FlightError {
  const text = `${what}: ${problem}`;
  return noteProblem(new FlightError(code, `Cannot encode ${text}`), text);
}
