/** Checks of the values of options. */

import { isPromise } from "../base/is_promise.ts";
import { knownOptions } from "./known_options.ts";
import { isRecord, tagOf, valueName } from "../base/value_name.ts";

/** Largest delay of a timer; `setTimeout` overflows beyond it. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/** Most characters of a wrong value that are shown. */
const MAX_SHOWN_CHARACTERS = 100;

/**
 * Checks a whole number.
 *
 * @returns `value`.
 * @throws {TypeError} When it is not a number.
 * @throws {RangeError} When it is not an integer from `min` to `max`.
 */
export function integerOption(
  name: string,
  value: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  checkNumber(name, value);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(
    `Cannot use option ${name}: ${value} is not an integer from ${min} to ${max}`,
  );
}

/**
 * Checks a number that need not be whole.
 *
 * @returns `value`.
 * @throws {TypeError} When it is not a number.
 * @throws {RangeError} When it is less than `min`, or not finite.
 */
export function numberOption(name: string, value: number, min: number): number {
  checkNumber(name, value);
  if (value >= min && value < Infinity) return value;
  throw new RangeError(
    `Cannot use option ${name}: ${value} is not a number of ${min} or more`,
  );
}

/**
 * Checks a time, which need not be whole.
 *
 * @param max Largest value; `Infinity` if the time may be unlimited.
 * @returns `value`.
 * @throws {TypeError} When it is not a number.
 * @throws {RangeError} When it is not more than 0, or more than `max`.
 */
export function durationOption(
  name: string,
  value: number,
  max: number = Number.MAX_VALUE,
): number {
  checkNumber(name, value);
  if (value > 0 && value <= max) return value;
  throw new RangeError(
    `Cannot use option ${name}: ${value} is not a number above 0`,
  );
}

/**
 * Checks a bound that may be switched off.
 *
 * @returns `value`.
 * @throws {TypeError} When it is not a number.
 * @throws {RangeError} When it is neither an integer of 1 or more nor Infinity.
 */
export function boundOption(name: string, value: number): number {
  checkNumber(name, value);
  if (value === Infinity || Number.isSafeInteger(value) && value >= 1) {
    return value;
  }
  throw new RangeError(
    `Cannot use option ${name}: ${value} is neither an integer of 1 or more nor Infinity`,
  );
}

/**
 * Checks a function that may be absent.
 *
 * @returns `value`.
 * @throws {TypeError} When it is neither a function nor undefined.
 */
export function functionOption<F>(name: string, value: F): F {
  if (value === undefined || typeof value === "function") return value;
  throw wrongType(name, value, "a function");
}

/**
 * Checks a function that must be there.
 *
 * @returns `value`.
 * @throws {TypeError} When it is not a function.
 */
export function requiredFunction<F>(name: string, value: F): F {
  if (typeof value === "function") return value;
  throw wrongType(name, value, "a function");
}

/**
 * Checks a boolean that may be absent. Truthiness is not enough: the text "false", as from an
 * environment variable, would count as true.
 *
 * @returns `value`.
 * @throws {TypeError} When it is neither a boolean nor undefined.
 */
export function booleanOption<B extends boolean | undefined>(
  name: string,
  value: B,
): B {
  if (value === undefined || typeof value === "boolean") return value;
  throw wrongType(name, value, "true or false");
}

/**
 * Checks a text that may be absent.
 *
 * @returns `value`.
 * @throws {TypeError} When it is neither a string nor undefined, or empty.
 */
export function textOption<S extends string | undefined>(
  name: string,
  value: S,
): S {
  if (value === "") {
    throw new TypeError(`Cannot use option ${name}: it is empty`);
  }
  if (value === undefined || typeof value === "string") return value;
  throw wrongType(name, value, "a text");
}

/**
 * Checks a list that may be absent.
 *
 * @returns `value`.
 * @throws {TypeError} When it is neither an array nor undefined.
 */
export function arrayOption<A>(name: string, value: A): A {
  if (value === undefined || Array.isArray(value)) return value;
  throw wrongType(name, value, "an array", withoutText(value));
}

/**
 * Checks an object that may be absent, such as a set of options.
 *
 * @param names All names of the options, to refuse others; see {@linkcode knownOptions}.
 * @param guesses Names in other libraries, for the error.
 * @returns `value`.
 * @throws {TypeError} When it is neither an object nor undefined, or has an option of another name.
 */
export function objectOption<O>(
  name: string,
  value: O,
  names?: Readonly<Record<string, unknown>>,
  guesses?: Readonly<Record<string, string>>,
): O {
  if (value === undefined) return value;
  if (
    typeof value !== "object" || value === null || isList(value) ||
    isPromise(value)
  ) throw wrongType(name, value, "an object", withoutText(value));
  if (name === "options" || names !== undefined) refuseOtherKinds(name, value);
  if (names !== undefined) {
    const prefix = name === "options" ? "" : `${name}.`;
    knownOptions(value, names, prefix, guesses);
  }
  return value;
}

/** Options of which each kind of object is the value. */
const AS_OPTION: Readonly<Record<string, string>> = {
  AbortSignal: "signal",
  Headers: "headers",
  Error: "cause",
};

/**
 * Refuses an object of the platform, such as an AbortSignal, a Date or a Response, where options are expected: it
 * would be ignored, since its members are getters.
 */
function refuseOtherKinds(name: string, value: object): void {
  if (isRecord(value)) return;
  const option = AS_OPTION[tagOf(value)];
  const hint = option === undefined
    ? ""
    : ` (as an option it is { ${option} })`;
  throw wrongType(name, value, `an object of options${hint}`);
}

/** Data, bytes and maps have no options: taken for an object, they would be ignored. */
function isList(value: object): boolean {
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}

/**
 * Checks an AbortSignal that may be absent; it may be of another realm.
 *
 * @returns `value`.
 * @throws {TypeError} When it is neither an AbortSignal nor undefined.
 */
export function signalOption<S extends AbortSignal | undefined>(
  name: string,
  value: S,
): S {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  if (
    value === undefined ||
    (typeof aborted === "boolean" && typeof addEventListener === "function")
  ) return value;
  throw wrongType(name, value, "an AbortSignal");
}

/**
 * Checks a value that is one of a few.
 *
 * @returns `value`.
 * @throws {TypeError} When it is none of them.
 */
export function choiceOption<T extends string>(
  name: string,
  value: T,
  choices: readonly T[],
): T {
  if (choices.includes(value)) return value;
  const names = choices.map((choice) => `"${choice}"`).join(", ");
  throw new TypeError(
    `Cannot use option ${name}: ${shown(value)} is not one of ${names}`,
  );
}

/**
 * Rejects an option under its old name. To ignore it would change the behavior of the program.
 *
 * @throws {TypeError} When `options` has a value of the old name.
 */
export function renamedOption(
  oldName: string,
  newName: string,
  options: object,
): void {
  if ((options as Record<string, unknown>)[oldName] === undefined) return;
  throw new TypeError(
    `Cannot use option ${oldName}: it is now called ${newName}`,
  );
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value !== "number") throw wrongType(name, value, "a number");
}

function wrongType(
  name: string,
  value: unknown,
  wanted: string,
  given = shown(value),
): TypeError {
  return new TypeError(`Cannot use option ${name}: ${given} is not ${wanted}`);
}

/** Formats a value in place of an object or an array: a text may be a secret, such as a password or a key. */
function withoutText(value: unknown): string {
  return typeof value === "string" ? "a text" : shown(value);
}

/** Formats a wrong value, so that `"5"` differs from `5`. Of objects it shows only the kind. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string": {
      const start = value.slice(0, MAX_SHOWN_CHARACTERS);
      return JSON.stringify(start === value ? value : `${start}…`);
    }
    case "bigint":
      return `${value}n`;
    case "function":
      return "a function";
    case "object": {
      const name = valueName(value);
      return name === "Object" ? "an object" : name;
    }
    default:
      return String(value);
  }
}
