/** The errors of the IPC codec. */

import { FlightError } from "../core/flight_error.ts";

/**
 * An error about bytes that were received.
 *
 * @param what What the bytes should have been, such as `RecordBatch`.
 * @param problem What is wrong with them.
 * @param cause What led to it, if anything.
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

/** An error about received bytes that are (or may be) correct, but cannot be read here. */
export function cannotDecodeYet(what: string, problem: string): FlightError {
  return new FlightError("UNIMPLEMENTED", `Cannot decode ${what}: ${problem}`);
}

/** An error about data that was given to be sent. */
export function cannotEncode(what: string, problem: string): FlightError {
  return new FlightError(
    "INVALID_ARGUMENT",
    `Cannot encode ${what}: ${problem}`,
  );
}

/**
 * Runs `decode` and lets only FlightErrors out of it: whatever a check has missed must not reach the
 * caller as a TypeError of another library.
 */
export function decoding<R>(what: string, decode: () => R): R {
  try {
    return decode();
  } catch (error) {
    if (FlightError.is(error)) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    throw cannotDecode(what, problem, error);
  }
}
