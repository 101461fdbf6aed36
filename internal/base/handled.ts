/**
 * Promises that nothing may wait for. A rejection without a listener ends the process, so that every
 * promise which this package makes and does not await goes through here: those that a getter gives,
 * those of foreign code whose outcome is of no interest, and values that are dropped.
 */

import { isPromise } from "./is_promise.ts";

/** The same promise; a rejection that is not awaited is not an unhandled rejection any more. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.then(undefined, () => {});
  return promise;
}

/** Runs what may throw or reject, where neither is of interest. */
export function quietly(run: () => unknown): void {
  try {
    const outcome = run();
    if (isPromise(outcome)) outcome.then(undefined, () => {});
  } catch {
    // As of a promise.
  }
}

/**
 * Lets go of a value that cannot be used: a stream is cancelled, so that what is behind it ends, and a
 * promise may reject.
 */
export function discard(value: unknown, reason: unknown): void {
  quietly(() => {
    if (isPromise(value)) return value;
    const { getReader, cancel } = value as Partial<ReadableStream>;
    if (typeof getReader === "function" && typeof cancel === "function") {
      return (value as ReadableStream).cancel(reason);
    }
    return undefined;
  });
}
