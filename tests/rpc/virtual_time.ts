/** A clock that moves only when somebody waits, for tests of how long that is. */

/**
 * Runs something in which no time passes but that of its timers, which are over at once.
 *
 * @param run What to run: nothing in it may race against a timer.
 */
export async function inVirtualTime<R>(run: () => Promise<R>): Promise<R> {
  const { setTimeout } = globalThis;
  const { now } = Date;
  let time = now();
  Date.now = () => time;
  globalThis.setTimeout = ((callback: () => void, milliseconds = 0) => {
    time += milliseconds;
    queueMicrotask(callback);
  }) as unknown as typeof setTimeout;
  try {
    return await run();
  } finally {
    Date.now = now;
    globalThis.setTimeout = setTimeout;
  }
}
