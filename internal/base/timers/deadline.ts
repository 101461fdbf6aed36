/**
 * Deadlines, and timers of any length. A deadline is a time of `performance.now()`: the clock of the day may be set
 * during a call.
 */

/** Longest delay of setTimeout, which fires at once for longer ones. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Latest time of a Date, in milliseconds since the epoch. */
const LATEST_TIME_MS = 8.64e15;

/** Deadlines by the Dates that stand for them, and the times of these. */
const DEADLINES = new WeakMap<
  Date,
  { readonly deadline: number; readonly time: number }
>();

/** Computes the deadline of what begins now; `undefined` for no bound. */
export function deadlineAfter(
  timeoutMs: number | undefined,
): number | undefined {
  return timeoutMs === undefined || timeoutMs === Infinity
    ? undefined
    : performance.now() + timeoutMs;
}

/** Computes the time until a deadline, in milliseconds: 0 or less if it has passed, `Infinity` without one. */
export function timeUntil(deadline: number | undefined): number {
  return deadline === undefined ? Infinity : deadline - performance.now();
}

/** Makes the Date of a deadline, as which interceptors and handlers see it. */
export function dateOfDeadline(deadline: number): Date {
  const time = Math.min(
    Math.ceil(Date.now() + timeUntil(deadline)),
    LATEST_TIME_MS,
  );
  const date = new Date(time);
  DEADLINES.set(date, { deadline, time });
  return date;
}

/** Returns the deadline of a Date: exactly that of {@linkcode dateOfDeadline}, whatever the clock of the day says. */
export function deadlineOfDate(date: Date): number {
  const known = DEADLINES.get(date);
  const time = date.getTime();
  return known?.time === time
    ? known.deadline
    : performance.now() + time - Date.now();
}

/**
 * Calls `expire` once when `deadline` has passed, at once (but not synchronously) if it already has.
 *
 * @param deadline The deadline; `undefined` for never.
 * @param expire Called when the deadline has passed.
 * @returns A function that stops the timer; idempotent.
 */
export function atDeadline(
  deadline: number | undefined,
  expire: () => void,
): () => void {
  return afterDelay(timeUntil(deadline), expire);
}

/**
 * Calls `expire` once after a delay.
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
