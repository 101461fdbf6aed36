/** Errors of encoders, which know what is wrong apart from the fact that something cannot be sent. */

/** Key of what is wrong. */
const PROBLEM = Symbol("problem");

/**
 * Makes an error of something that cannot be sent.
 *
 * @param lead Start of its text, such as `Cannot send data: `.
 * @param problem What is wrong. An error that says by itself that nothing is sent takes only this.
 * @param make Makes the error of its text.
 */
export function unsendable<E extends Error>(
  lead: string,
  problem: string,
  make: (text: string) => E,
): E {
  // Not enumerable: it is no part of the error for those who look at it.
  return Object.defineProperty(make(lead + problem), PROBLEM, {
    value: problem,
  });
}

/** What is wrong by an error that {@linkcode unsendable} has made; `undefined` for others. */
export function unsendableProblem(error: unknown): string | undefined {
  return (error as { readonly [PROBLEM]?: string } | null | undefined)
    ?.[PROBLEM];
}
