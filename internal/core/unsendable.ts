/** Errors of encoders, which know what is wrong apart from the fact that something cannot be sent. */

const PROBLEMS = new WeakMap<object, string>();

/**
 * Notes what is wrong, where the text of an error begins by saying that something cannot be sent.
 *
 * @param problem What is wrong. An error that says by itself that nothing is sent takes only this.
 */
export function noteProblem<E extends Error>(error: E, problem: string): E {
  PROBLEMS.set(error, problem);
  return error;
}

/** Returns the problem of an error that {@linkcode noteProblem} knows; `undefined` for others. */
export function unsendableProblem(error: unknown): string | undefined {
  return PROBLEMS.get(error as object);
}
