/** Tries values of the wrong type on all options of a function. */

import { assert } from "@std/assert";

/** Type of an option, which determines the wrong values. */
export type Kind =
  | "number"
  | "function"
  | "boolean"
  | "text"
  | "choice"
  | "signal"
  | "headers"
  | "array"
  | "object"
  | "objectOrBoolean"
  | "schema"
  | "transport";

const ANYTHING: readonly unknown[] = [Symbol("x"), 1n];

export const WRONG: Record<Kind, readonly unknown[]> = {
  number: ["5", NaN, -1, true, {}, [5], () => 5, ...ANYTHING],
  function: ["f", 1, {}, null, ...ANYTHING],
  boolean: ["false", 0, {}, ...ANYTHING],
  text: [5, {}, "", ...ANYTHING],
  choice: ["other", 5, {}, ...ANYTHING],
  signal: ["x", 5, {}, new AbortController(), ...ANYTHING],
  headers: ["x", 5, { a: 5 }, [["a"]], [5], ...ANYTHING],
  array: ["x", 5, {}, ...ANYTHING],
  object: ["x", 5, [], ...ANYTHING],
  objectOrBoolean: ["true", 1, [], null, () => {}, ...ANYTHING],
  schema: ["x", 5, [], null, ...ANYTHING],
  transport: ["http2", "grpc-js", 5, null, {}, [], () => {}, ...ANYTHING],
};

/**
 * All options of an interface, each by its name: one that is missing does not compile. Members that are
 * never present only tell options from data.
 */
export type Options<T> = {
  readonly [
    Name in keyof Required<T> as [T[Name]] extends [undefined] ? never : Name
  ]: Kind;
};

/** Shows a value that an option was given. */
export function shown(value: unknown): string {
  return typeof value === "string"
    ? `"${value}"`
    : typeof value === "object"
    ? Array.isArray(value) ? "an array" : String(value)
    : String(value);
}

/** Tries every wrong value of every option. */
export async function checkAll(
  options: Readonly<Record<string, Kind>>,
  use: (options: Record<string, unknown>) => unknown,
): Promise<void> {
  for (const [name, kind] of Object.entries(options)) {
    for (const value of WRONG[kind]) {
      let error: unknown;
      try {
        const result = await use({ [name]: value });
        await (result as AsyncDisposable | undefined)
          ?.[Symbol.asyncDispose]?.();
      } catch (caught) {
        error = caught;
      }
      const what = `${name}: ${shown(value)}`;
      assert(
        error instanceof TypeError || error instanceof RangeError,
        `${what} is accepted, or fails with ${error}`,
      );
      const start = kind === "headers"
        ? /^(?:Cannot use headers|Invalid |Cannot )/
        : new RegExp(`^Cannot use option ${name}[.: ]`);
      assert(start.test(error.message), `${what}: ${error.message}`);
    }
  }
  for (const value of [null, "x", 5]) {
    let error: unknown;
    try {
      await use(value as never);
    } catch (caught) {
      error = caught;
    }
    assert(
      error instanceof TypeError &&
        /^Cannot use option options: /.test(error.message),
      `options ${value}: ${error}`,
    );
  }
}
