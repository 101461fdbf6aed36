/** Waiting that a signal can end. */

import { afterDelay } from "./deadline.ts";

/**
 * Waits.
 *
 * @param ms The time to wait, in milliseconds, 0 or more.
 * @param signal Ends the wait at once: the promise then rejects with its
 * reason.
 */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      stopTimer();
      reject(signal.reason);
    };
    const stopTimer = afterDelay(ms, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort);
  });
}
