/** The exit codes of the program, which docs/cli.md lists. */

import { FlightError, type FlightErrorCode } from "@contrail/flight/client";
import { CommanderError } from "commander";

/** Wrong words, wrong options, a file that cannot be read. */
const USAGE = 1;
/** Any failure of a call without a code of its own. */
const CALL_FAILED = 2;
/** A fault of this program: EX_SOFTWARE of sysexits.h. */
const FAULT = 70;

const CODES: Partial<Record<FlightErrorCode, number>> = {
  NOT_FOUND: 3,
  UNAUTHENTICATED: 4,
  PERMISSION_DENIED: 4,
  UNAVAILABLE: 5,
  DEADLINE_EXCEEDED: 6,
  UNIMPLEMENTED: 7,
  INVALID_ARGUMENT: 8,
};

/** A mistake that its message explains in full. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The end of the program by a signal: 128 and the number of the signal. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("interrupted");
    this.exitCode = exitCode;
  }
}

/** The reader of the output has gone, as `head` does: the work is done. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/**
 * Finds the exit code of a failure.
 *
 * @param error What a command has thrown.
 * @returns The code, and what to tell the user; nothing where it was told, or need not be.
 */
export function exitOf(error: unknown): { code: number; message?: string } {
  if (error instanceof OutputClosed) return { code: 0 };
  if (error instanceof Interrupted) return { code: error.exitCode };
  // Commander has written its message, or the help that was asked for.
  if (error instanceof CommanderError) {
    return { code: error.exitCode === 0 ? 0 : USAGE };
  }
  if (error instanceof UsageError) {
    return { code: USAGE, message: error.message };
  }
  if (FlightError.is(error)) {
    return { code: CODES[error.code] ?? CALL_FAILED, message: error.message };
  }
  return {
    code: FAULT,
    message: error instanceof Error
      ? error.stack ?? error.message
      : String(error),
  };
}
