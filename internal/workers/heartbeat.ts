/** Signs of life of another process. */

import { clearTimeout, setTimeout } from "node:timers";

/** Longest time between two questions, in milliseconds. */
const LONGEST_INTERVAL_MS = 1000;

/** Least number of questions in the time limit: one that comes late must not decide. */
const QUESTIONS = 10;

/** Options of a {@linkcode Heartbeat}. */
interface HeartbeatInit {
  /** Time without an answer after which the other process counts as hung, in milliseconds; `Infinity` for never. */
  readonly timeoutMs: number;
  /** Asks the other process for an answer. */
  readonly ask: () => void;
  /** Called once when it has not answered for the time. */
  readonly onHung: () => void;
}

/**
 * Finds out whether another process still runs its event loop. Time is measured in intervals that this process has seen
 * pass: after a pause of this process, or of the whole machine, the other one has its full time to answer.
 */
export class Heartbeat {
  readonly #init: HeartbeatInit;
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsked = false;
  /** Intervals that have passed since it was asked. */
  #missed = 0;

  /** @param init The options. */
  constructor(init: HeartbeatInit) {
    this.#init = init;
    this.#intervalMs = Math.min(
      init.timeoutMs / QUESTIONS,
      LONGEST_INTERVAL_MS,
    );
  }

  /** True if an answer is late: the other process is busy, or hung. */
  get isLate(): boolean {
    return this.#missed > 0;
  }

  /** Begins to ask. */
  start(): void {
    // Not an interval: after a pause, it could count several times at once.
    this.#timer = setTimeout(() => this.#look(), this.#intervalMs);
  }

  /** Notes an answer. */
  answered(): void {
    this.#isAsked = false;
    this.#missed = 0;
  }

  /** Asks no more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (!this.#isAsked) {
      this.#isAsked = true;
      this.#init.ask();
    } else if (++this.#missed * this.#intervalMs >= this.#init.timeoutMs) {
      return this.#init.onHung();
    }
    this.start();
  }
}
