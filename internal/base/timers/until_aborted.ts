/** Waiting for a promise that a signal can end. */

import { handled } from "../handled.ts";

/**
 * Waits for a promise, but not longer than until a signal is aborted. The promise goes on by itself; a later
 * rejection of it is ignored.
 *
 * @param promise The promise.
 * @param signal Ends the wait at once: the result then rejects with its reason.
 */
export async function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  handled(promise);
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort!);
  }
}
