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
