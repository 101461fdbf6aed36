/** Turns for other tasks during long work. */

/** Default of the longest time that one stream may work before others have their turn, in milliseconds. */
const TURN_MS = 10;

/** Amount of work between two looks at the clock, in bytes. */
const STEP_BYTES = 256 * 1024;

/** Approximate cost of a step in addition to its bytes. */
const STEP_OVERHEAD = 512;

/** Most turns that others get after one piece of work. */
const MAX_TURNS = 32;

/**
 * Deno looks at its sockets when it is idle, and otherwise in one of 61 turns of its event loop, which take a fourth of a
 * millisecond together. A timer would be idle for a whole one.
 */
const LOOPS = "Deno" in globalThis ? 61 : 1;

/**
 * Longest time of compression before others have their turn, in milliseconds: two messages of a MiB with ZSTD. A turn is
 * cheap beside them, but on Deno, where shorter times cost a stream a twentieth of its throughput.
 */
export const COMPRESSION_TURN_MS: number = LOOPS > 1 ? TURN_MS : 5;

/** The function of runtimes; browsers have none. */
function immediate(): ((run: () => void) => unknown) | undefined {
  return (globalThis as { setImmediate?: (run: () => void) => unknown })
    .setImmediate;
}

/** Runs a function in a later turn, behind timers and sockets that are ready. */
function later(run: () => void): void {
  const setImmediate = immediate();
  if (setImmediate !== undefined) return afterLoops(setImmediate, run, LOOPS);
  // Browsers let timers in a row wait for 4 milliseconds each, in a hidden
  // page for a second.
  if (!("MessageChannel" in globalThis)) return void setTimeout(run, 0);
  const { port1, port2 } = new MessageChannel();
  const closeAndRun = (): void => {
    port1.close();
    run();
  };
  port1.onmessage = closeAndRun;
  port2.postMessage(undefined);
}

/** Runs a function after so many turns of the event loop. */
function afterLoops(
  setImmediate: (run: () => void) => unknown,
  run: () => void,
  loops: number,
): void {
  if (loops === 1) setImmediate(run);
  else setImmediate(() => afterLoops(setImmediate, run, loops - 1));
}

/** Number of tasks of the event loop that are known of. */
let tasks = 0;

/** Notes that a task of the event loop has begun, such as that of a socket with data. */
export function taskBegan(): void {
  tasks++;
}

/**
 * Gives others their turn when a loop of promises has blocked the event loop for too long: while
 * messages are ready, nothing else would run.
 */
export class Turns {
  readonly #turnMs: number;
  readonly #later: (run: () => void) => void;
  readonly #isCheap: boolean;
  #bytes = 0;
  /** Time at which the work began; undefined until there is enough of it. */
  #since: number | undefined;
  /** Number of tasks when {@linkcode afterMessage} was last called. */
  #tasks = 0;
  /** Tells whether another turn has come since then. */
  #turn: { hasCome: boolean } | undefined;

  /**
   * @param turnMs Longest time of work before others have their turn, in milliseconds.
   * @param isCheap True if a turn without other work costs nothing: not so in browsers.
   * @param run Runs a function in a later turn.
   */
  constructor(
    turnMs: number = TURN_MS,
    isCheap = immediate() !== undefined,
    run = later,
  ) {
    this.#turnMs = turnMs;
    this.#isCheap = isCheap;
    this.#later = run;
  }

  /**
   * Counts completed work.
   *
   * @param bytes Number of bytes that were processed; `Infinity` for work that has nothing to do with them.
   * @returns `undefined` if there is nothing to wait for.
   */
  after(bytes: number): Promise<void> | undefined {
    this.#bytes += bytes + STEP_OVERHEAD;
    if (this.#bytes < STEP_BYTES) return undefined;
    this.#bytes = 0;
    if (this.#since === undefined) {
      this.#begin();
      return undefined;
    }
    const worked = performance.now() - this.#since;
    if (worked < this.#turnMs) return undefined;
    if (this.#isCheap) return this.#give(worked / this.#turnMs);
    if (!this.#turn?.hasCome) return this.#give(1);
    // The loop has waited for others by itself.
    this.#begin();
    return undefined;
  }

  /**
   * Counts completed work on a message of a socket. Where a task has begun since the last one, the
   * loop has waited for it: others had their turn.
   *
   * @param bytes As for {@linkcode after}.
   * @returns `undefined` if there is nothing to wait for.
   */
  afterMessage(bytes: number): Promise<void> | undefined {
    if (tasks !== this.#tasks) {
      this.#tasks = tasks;
      this.#since = undefined;
    }
    return this.after(bytes);
  }

  /** A connection needs several turns to make progress; without other work they cost nothing. */
  async #give(turns: number): Promise<void> {
    for (let i = 1; i <= Math.min(turns, MAX_TURNS); i++) {
      await new Promise<void>((resolve) => this.#later(resolve));
    }
    this.#begin();
  }

  #begin(): void {
    this.#since = performance.now();
    if (this.#isCheap) return;
    const turn = { hasCome: false };
    this.#turn = turn;
    this.#later(() => turn.hasCome = true);
  }
}
