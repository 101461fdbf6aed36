/** Timers for deadlines and delays of any length. */

/** Longest delay of setTimeout, which fires at once for longer ones. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Calls `expire` once when `deadline` has passed, at once (but not synchronously) if it already has.
 *
 * @param deadline Milliseconds since the epoch; `undefined` for never.
 * @param expire Called when the deadline has passed.
 * @returns A function that stops the timer; idempotent.
 */
export function atDeadline(
  deadline: number | undefined,
  expire: () => void,
): () => void {
  if (deadline === undefined || deadline === Infinity) return () => {};
  let timer: ReturnType<typeof setTimeout>;
  const arm = (): void => {
    const left = deadline - Date.now();
    timer = left > LONGEST_DELAY_MS
      ? setTimeout(arm, LONGEST_DELAY_MS)
      : setTimeout(expire, Math.max(0, left));
  };
  arm();
  return () => clearTimeout(timer);
}

/**
 * Calls `expire` once after a delay. Unlike {@linkcode atDeadline}, it does not depend on the clock of the day.
 *
 * @param ms The delay, in milliseconds; `Infinity` for never.
 * @param expire Called when the delay is over.
 * @returns A function that stops the timer; idempotent.
 */
export function afterDelay(ms: number, expire: () => void): () => void {
  if (ms === Infinity) return () => {};
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number): void => {
    timer = left > LONGEST_DELAY_MS
      ? setTimeout(() => arm(left - LONGEST_DELAY_MS), LONGEST_DELAY_MS)
      : setTimeout(expire, Math.max(0, left));
  };
  arm(ms);
  return () => clearTimeout(timer);
}
