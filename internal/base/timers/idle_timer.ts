/** A bound on each of many waits. */

/**
 * Calls back when one wait takes too long. Waits come and go with every message, so one timer is
 * left running over many of them, and checks the clock when it fires.
 */
export class IdleTimer {
  readonly #timeoutMs: number;
  readonly #expire: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Start of the current wait. */
  #since: number | undefined;

  /**
   * Makes a timer that is not running.
   *
   * @param timeoutMs How long each wait may take, in milliseconds, at most 2³¹ − 1.
   * @param expire Called once for a wait that took longer.
   */
  constructor(timeoutMs: number, expire: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#expire = expire;
  }

  /** Starts a wait. */
  start(): void {
    this.#since = performance.now();
    if (this.#timer === undefined) this.#arm(this.#timeoutMs);
  }

  /** Ends the wait. */
  stop(): void {
    this.#since = undefined;
  }

  /** Stops for good: a timer that is left running would keep the process alive. */
  close(): void {
    this.#since = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#since === undefined) return;
      const left = this.#since + this.#timeoutMs - performance.now();
      if (left > 0) return this.#arm(Math.ceil(left));
      this.#since = undefined;
      this.#expire();
    }, delayMs);
  }
}
