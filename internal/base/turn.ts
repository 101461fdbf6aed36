/** Giving others a turn during long work. */

/** How long one stream may work before others have their turn, in milliseconds. */
const TURN_MS = 10;

/** The clock is looked at only after so much work, in bytes. */
const STEP_BYTES = 256 * 1024;

/** What a step costs beside its bytes, about. */
const STEP_OVERHEAD = 512;

/** How many turns others get at most after one piece of work. */
const MAX_TURNS = 32;

/** Lets timers and sockets have one turn. */
function nextTurn(): Promise<void> {
  const { setImmediate } = globalThis as {
    setImmediate?: (run: () => void) => unknown;
  };
  return new Promise((resolve) => {
    // A timer takes a millisecond at least; browsers have nothing else.
    if (setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}

/**
 * Gives others their turn when a loop of promises has kept the event loop for itself too long: as long as
 * messages are at hand, nothing else would run.
 */
export class Turns {
  #bytes = 0;
  #since = 0;

  /**
   * Counts work that was done.
   *
   * @param bytes How many bytes were dealt with.
   * @returns `undefined` where there is nothing to wait for.
   */
  after(bytes: number): Promise<void> | undefined {
    this.#bytes += bytes + STEP_OVERHEAD;
    if (this.#bytes < STEP_BYTES) return undefined;
    this.#bytes = 0;
    const worked = performance.now() - this.#since;
    return worked < TURN_MS ? undefined : this.#give(worked / TURN_MS);
  }

  /** A connection takes several turns to get somewhere; where there are no others, they cost nothing. */
  async #give(turns: number): Promise<void> {
    for (let i = 0; i < Math.min(turns, MAX_TURNS); i++) await nextTurn();
    this.#since = performance.now();
  }
}
