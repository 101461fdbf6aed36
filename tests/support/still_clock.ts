/** Clocks that stand still. */

/** Moves the clock of the day alone, as its user or NTP does. */
type SetClock = (ms: number) => void;

/**
 * Runs a test with a `Date.now` and a `performance.now` that only move when they are told to.
 *
 * @param run The test; it gets a function that puts both forward, in milliseconds, and one for the first alone.
 */
export function withClock<T extends void | Promise<void>>(
  run: (forward: (ms: number) => void, setClock: SetClock) => T,
): T {
  const { now } = Date;
  const running = performance.now;
  const restore = () => {
    Date.now = now;
    performance.now = running;
  };
  let time = Date.UTC(2026, 0, 1);
  let passed = performance.now();
  Date.now = () => time;
  performance.now = () => passed;
  let result: T;
  try {
    result = run(
      (ms) => {
        time += ms;
        passed += ms;
      },
      (ms) => void (time += ms),
    );
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as T;
  restore();
  return result;
}
