/** Assertions about promises that have to be rejected. */

import { assert, assertInstanceOf } from "@std/assert";
import { FlightError, type FlightErrorCode } from "@contrail/flight";

/** Awaits a rejection with a FlightError of the given code. */
export async function assertFlightError(
  promise: Promise<unknown>,
  code: FlightErrorCode,
  message?: string | RegExp,
): Promise<FlightError> {
  const error = await rejection(promise);
  assertInstanceOf(error, FlightError, `got ${error}`);
  assert(error.code === code, `expected ${code}, got ${error}`);
  if (message !== undefined) {
    const matches = typeof message === "string"
      ? error.message === message
      : message.test(error.message);
    assert(matches, `expected ${message}, got ${error.message}`);
  }
  return error;
}

/** Awaits a rejection and gives its reason. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
