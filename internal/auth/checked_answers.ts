/**
 * Checks of what functions of the application answer. Callers from JavaScript have no type checker, and a
 * caller whose identity is `false` or `null` must not count as known.
 */

import { valueName } from "../base/value_name.ts";

/**
 * Checks the identity of a caller.
 *
 * @param value The answer of a function that knows the callers.
 * @param name The function, for errors.
 * @returns The identity; `undefined` if the caller is not known.
 * @throws {TypeError} When it is neither.
 */
export function checkedIdentity(
  value: string | undefined,
  name: string,
): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError(
    `Cannot use the answer of ${name}: it must be the identity of the caller as text, or undefined, not ${
      valueName(value)
    }`,
  );
}

/**
 * Checks a token.
 *
 * @param value The token.
 * @param name Its origin, for errors.
 * @returns The token.
 * @throws {TypeError} When it is not text, is empty, or has its scheme before it.
 */
export function checkedToken(value: string, name: string): string {
  const problem = typeof value !== "string"
    ? `it must be text, not ${valueName(value)}`
    : value === ""
    ? "it is empty"
    : /^bearer\s/i.test(value)
    ? 'it is sent after the word "Bearer", and must not begin with it'
    : undefined;
  if (problem === undefined) return value;
  // The token may be a secret, so the message does not show it.
  throw new TypeError(`Cannot use ${name}: ${problem}`);
}
