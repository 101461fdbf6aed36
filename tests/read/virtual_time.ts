/** A clock that moves only when nothing else happens, for tests of how long a wait is. */

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * Runs something in which no time passes but that of its timers: whenever nothing else is left to be
 * done, the next one is over.
 *
 * @param run Runs in memory: the clock does not wait for a network. It gets a function that sets the clock of the day
 * alone, as its user or NTP does.
 */
export async function inVirtualTime<R>(
  run: (setClock: (ms: number) => void) => Promise<R>,
): Promise<R> {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = Date;
  const running = performance.now;
  const begin = now();
  let time = begin;
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
  let ahead = 0;
  Date.now = () => time + ahead;
  performance.now = () => time - begin;
  globalThis.setTimeout = ((callback: () => void, milliseconds = 0) => {
    timers.set(++lastId, { at: time + milliseconds, callback });
    wind();
    return lastId;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((id: number | undefined) => {
    if (id !== undefined) timers.delete(id);
  }) as unknown as typeof clearTimeout;
  try {
    return await run((ms) => void (ahead += ms));
  } finally {
    Date.now = now;
    performance.now = running;
    globalThis.setTimeout = setTimeout;
    globalThis.clearTimeout = clearTimeout;
  }
}
