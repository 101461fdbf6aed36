/** The failures of a service whose handler has returned what cannot be sent. */

import { discard } from "../base/handled.ts";
import { valueName } from "../base/value_name.ts";
import { FlightError } from "../core/flight_error.ts";
import { unsendableProblem } from "../core/unsendable.ts";

/**
 * Error of an answer that cannot be sent. The service is at fault, even if a codec calls it an
 * invalid argument, and the client must not be blamed.
 */
export class AnswerError extends Error {
  /** Always `AnswerError`. */
  override readonly name = "AnswerError";

  /**
   * @param method The method, such as `DoGet`.
   * @param problem What is wrong.
   * @param cause What led to it, if anything.
   */
  constructor(method: string, problem: string, cause?: unknown) {
    super(
      `${handlerName(method)} gave what cannot be sent: ${problem}`,
      cause === undefined ? {} : { cause },
    );
  }

  /**
   * Error for the client. The text of a codec names fields and types; any other text may contain
   * more.
   */
  get visible(): FlightError {
    const { cause } = this;
    const text = "the answer of the service cannot be sent";
    return new FlightError(
      "INTERNAL",
      FlightError.is(cause) ? `${text}: ${problemOf(cause)}` : text,
      { cause: this },
    );
  }
}

/** A handler has returned a value of the wrong type. */
export function wrongAnswer(
  method: string,
  value: unknown,
  expected: string,
  hint = "",
): AnswerError {
  const error = new AnswerError(
    method,
    `it must return ${expected}, not ${valueName(value)}${hint}`,
  );
  // The source behind it, such as a call, must end.
  discard(value, error);
  return error;
}

/** Runs what encodes an answer of `method`: what it throws is an {@linkcode AnswerError}. */
export function answering<R>(method: string, encode: () => R): R {
  try {
    return encode();
  } catch (error) {
    throw answerError(method, error);
  }
}

/** The {@linkcode AnswerError} for what an encoder has thrown. */
export function answerError(method: string, error: unknown): AnswerError {
  if (error instanceof AnswerError) return error;
  return new AnswerError(method, problemOf(error), error);
}

/** Returns the problem. The rest of the text of an encoder would say once more that nothing was sent. */
function problemOf(error: unknown): string {
  return unsendableProblem(error) ??
    (FlightError.is(error)
      ? error.details
      : error instanceof Error
      ? error.message
      : String(error));
}

/**
 * Returns the name of the handler: `doGet` for `DoGet`; methods of other services have their own
 * names.
 */
export function handlerName(method: string): string {
  return method.includes("/")
    ? method
    : method.charAt(0).toLowerCase() + method.slice(1);
}
