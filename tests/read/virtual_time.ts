/** A clock that moves only when nothing else happens, for tests of how long a wait is. */

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * Runs something in which no time passes but that of its timers: whenever nothing else is left to be
 * done, the next one is over.
 *
 * @param run What to run, in memory: the clock does not wait for a network.
 */
export async function inVirtualTime<R>(run: () => Promise<R>): Promise<R> {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = Date;
  let time = now();
  let isTicking = false;
  const timers = new Map<number, Timer>();
  let lastId = 0;
  const tick = (): void => {
    isTicking = false;
    const [next] = [...timers].sort(([, a], [, b]) => a.at - b.at);
    if (next === undefined) return;
    timers.delete(next[0]);
    time = Math.max(time, next[1].at);
    next[1].callback();
    wind();
  };
  const wind = (): void => {
    if (isTicking || timers.size === 0) return;
    isTicking = true;
    // Behind all microtasks, which are what happens in memory.
    setTimeout(tick, 0);
  };
  Date.now = () => time;
  globalThis.setTimeout = ((callback: () => void, milliseconds = 0) => {
    timers.set(++lastId, { at: time + milliseconds, callback });
    wind();
    return lastId;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((id: number | undefined) => {
    if (id !== undefined) timers.delete(id);
  }) as unknown as typeof clearTimeout;
  try {
    return await run();
  } finally {
    Date.now = now;
    globalThis.setTimeout = setTimeout;
    globalThis.clearTimeout = clearTimeout;
  }
}
