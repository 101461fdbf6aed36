/**
 * Promises that may have no listener. A rejection without a listener ends the process, so every
 * promise that this package makes and does not await goes through here: those that a getter
 * returns, those of foreign code with a result of no interest, and values that are dropped.
 */

import { isPromise } from "./is_promise.ts";

/** Returns the same promise, whose rejection is no longer reported as unhandled. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.then(undefined, () => {});
  return promise;
}

/** Runs a function, and ignores all that it throws, or its promise rejects with. */
export function quietly(run: () => unknown): void {
  try {
    const outcome = run();
    if (isPromise(outcome)) outcome.then(undefined, () => {});
  } catch {
    // A promise is dropped like any other value.
  }
}

/**
 * Drops a value that cannot be used: a stream is canceled, so that its source ends, and a promise
 * may reject.
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

/**
 * Replaces a failure that is `undefined` or `null`: it says nothing, and where a reason may be missing it is
 * none.
 *
 * @param error The failure, of any type.
 * @param culprit What has failed, for the text of the error.
 * @returns `error`, or an error that says what failed with what.
 */
export function failureOf(error: unknown, culprit: string): unknown {
  return error ??
    new Error(`${culprit} failed with ${error} instead of an error`);
}
