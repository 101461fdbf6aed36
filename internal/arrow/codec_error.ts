/** The errors of the IPC codec. */

import { FlightError } from "../core/flight_error.ts";
import { MissingPart } from "../core/part.ts";

/**
 * Makes the error of malformed bytes.
 *
 * @param what What the bytes should have been, such as `RecordBatch`.
 * @param problem Description of the fault.
 * @param cause The underlying error, if any.
 */
export function cannotDecode(
  what: string,
  problem: string,
  cause?: unknown,
): FlightError {
  return new FlightError(
    "INVALID_ARGUMENT",
    `Cannot decode ${what}: ${problem}`,
    cause === undefined ? {} : { cause },
  );
}

/** Makes the error of bytes that are (or may be) correct, but cannot be read here. */
export function cannotDecodeYet(what: string, problem: string): FlightError {
  return new FlightError("UNIMPLEMENTED", `Cannot decode ${what}: ${problem}`);
}

/**
 * Runs `decode` so that only FlightErrors leave it: a fault that the checks have missed must not
 * reach the caller as a TypeError of another library.
 */
export function decoding<R>(what: string, decode: () => R): R {
  try {
    return decode();
  } catch (error) {
    if (FlightError.is(error) || error instanceof MissingPart) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw cannotDecode(what, problem, error);
  }
}
