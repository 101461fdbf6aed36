/** Targets of the fuzzer: their inputs, and the expected results. */

import { FlightError } from "../../../internal/core/flight_error.ts";
import type { Random } from "../random.ts";

/** One input. */
export interface Input {
  /** The bytes that a peer would send, in the pieces in which they count. */
  readonly parts: readonly Uint8Array[];
}

/** Result of an input: `undefined` if it was accepted, otherwise the text of the error. */
export type Verdict = string | undefined;

/** A part of the package that reads what a peer sends. */
export interface Target<I extends Input = Input> {
  /** Its name on the command line. */
  readonly name: string;
  /** Short description of the input. */
  readonly reads: string;
  /** Makes an input, which depends on nothing but `random`. */
  generate(random: Random): I;
  /**
   * Reads an input.
   *
   * @throws {unknown} Any error is a failure.
   */
  run(input: I): Verdict | Promise<Verdict>;
  /** Most memory that one input may take, in bytes. */
  memoryBound(input: I): number;
}

/** The errors of the language: one of them as a cause is a check that was forgotten. */
const RAW_ERRORS = [TypeError, RangeError, SyntaxError, ReferenceError];

/**
 * The text of an error that a peer's bytes may lead to.
 *
 * @throws {unknown} The error, where it is not such a one.
 */
export function rejection(error: unknown): string {
  if (!(error instanceof FlightError)) throw error;
  const { cause } = error;
  if (RAW_ERRORS.some((type) => cause instanceof type)) {
    throw new Error("A FlightError hides an error of the language", {
      cause: error,
    });
  }
  return `${error.code}: ${error.message}`;
}

/** Runs `call`; the text of the error that it rejects the input with. */
export function verdictOf(call: () => void): Verdict {
  try {
    call();
    return undefined;
  } catch (error) {
    return rejection(error);
  }
}

/** Throws where something that must hold does not. */
export function check(condition: boolean, problem: () => string): void {
  if (!condition) throw new Error(problem());
}

/** An error text without what differs between inputs, so that kinds can be counted. */
export function kindOf(problem: string): string {
  return problem
    .replace(/"[^"]*"/g, '""')
    .replace(/-?\d+n?(\.\d+)?(e\+\d+)?/g, "0")
    .slice(0, 160);
}
