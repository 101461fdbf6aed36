/** Checks of the values of options. */

/** Largest delay of a timer; `setTimeout` overflows beyond it. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

/**
 * Checks a whole number.
 *
 * @returns `value`.
 * @throws {RangeError} When it is not an integer from `min` to `max`.
 */
export function integerOption(
  name: string,
  value: number,
  min: number,
  max: number,
): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(
    `Cannot use option ${name}: ${value} is not an integer from ${min} to ${max}`,
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
  throw new TypeError(`Cannot use option ${name}: it is not a function`);
}

/**
 * Checks a bound that may be switched off.
 *
 * @returns `value`.
 * @throws {RangeError} When it is neither an integer from 1 on nor Infinity.
 */
export function boundOption(name: string, value: number): number {
  if (value === Infinity || Number.isSafeInteger(value) && value >= 1) {
    return value;
  }
  throw new RangeError(
    `Cannot use option ${name}: ${value} is neither an integer from 1 on nor Infinity`,
  );
}

/**
 * Checks a value that is one of a few.
 *
 * @returns `value`.
 * @throws {TypeError} When it is another.
 */
export function choiceOption<T extends string>(
  name: string,
  value: T,
  choices: readonly T[],
): T {
  if (choices.includes(value)) return value;
  const names = choices.map((choice) => `"${choice}"`).join(", ");
  const shown = typeof value === "string" ? `"${value}"` : String(value);
  throw new TypeError(
    `Cannot use option ${name}: ${shown} is none of ${names}`,
  );
}
