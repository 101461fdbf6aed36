/** A clock that stands still. */

/**
 * Runs a test with a `Date.now` that only moves when it is told to.
 *
 * @param run The test; it gets a function that puts the clock forward, in milliseconds.
 */
export function withClock<T extends void | Promise<void>>(
  run: (forward: (ms: number) => void) => T,
): T {
  const { now } = Date;
  const restore = () => void (Date.now = now);
  let time = Date.UTC(2026, 0, 1);
  Date.now = () => time;
  let result: T;
  try {
    result = run((ms) => void (time += ms));
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as T;
  restore();
  return result;
}
