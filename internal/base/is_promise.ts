/** Tells a promise from a value. */

/** Reports whether `value` is a promise, of this or another realm. */
export function isPromise<T>(
  value: T | PromiseLike<T>,
): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === "function";
}
