/** Turns for other tasks during long work. */

/** Longest time that one stream may work before others have their turn, in milliseconds. */
const TURN_MS = 10;

/** Amount of work between two looks at the clock, in bytes. */
const STEP_BYTES = 256 * 1024;

/** Approximate cost of a step in addition to its bytes. */
const STEP_OVERHEAD = 512;

/** Most turns that others get after one piece of work. */
const MAX_TURNS = 32;

/** Waits one turn, so that timers and sockets can run. */
function nextTurn(): Promise<void> {
  const { setImmediate } = globalThis as {
    setImmediate?: (run: () => void) => unknown;
  };
  return new Promise((resolve) => {
    // A timer takes a millisecond at least, but browsers have nothing else.
    if (setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}

/**
 * Gives others their turn when a loop of promises has blocked the event loop for too long: while
 * messages are ready, nothing else would run.
 */
export class Turns {
  #bytes = 0;
  #since = 0;

  /**
   * Counts completed work.
   *
   * @param bytes Number of bytes that were processed.
   * @returns `undefined` if there is nothing to wait for.
   */
  after(bytes: number): Promise<void> | undefined {
    this.#bytes += bytes + STEP_OVERHEAD;
    if (this.#bytes < STEP_BYTES) return undefined;
    this.#bytes = 0;
    const worked = performance.now() - this.#since;
    return worked < TURN_MS ? undefined : this.#give(worked / TURN_MS);
  }

  /** A connection needs several turns to make progress; without other work they cost nothing. */
  async #give(turns: number): Promise<void> {
    for (let i = 0; i < Math.min(turns, MAX_TURNS); i++) await nextTurn();
    this.#since = performance.now();
  }
}
