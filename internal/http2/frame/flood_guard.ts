/** Budget for frames that cost work without progress: RFC 9113, section 10.5. */

import { Http2Error } from "./http2_error.ts";

/** Number of such frames that may come at once. */
const CAPACITY = 10_000;

/** Number of such frames per second after that. */
const PER_SECOND = 1000;

/**
 * Budget for frames that make no progress. It refills with time, and with progress of the peer's calls.
 */
export class FloodGuard {
  #budget = CAPACITY;
  #time = performance.now();

  /**
   * Counts a frame.
   *
   * @param what Its name.
   * @param cost The number of frames that it counts as.
   * @throws {Http2Error} ENHANCE_YOUR_CALM when there are too many.
   */
  spend(what: string, cost = 1): void {
    this.#budget -= cost;
    if (this.#budget >= 0) return;
    const now = performance.now();
    const refill = Math.max(0, now - this.#time) * PER_SECOND / 1000;
    this.#time = now;
    this.#budget = Math.min(CAPACITY, this.#budget + refill);
    if (this.#budget < 0) {
      throw new Http2Error(
        "ENHANCE_YOUR_CALM",
        `too many frames that make no progress, the last of them ${what}`,
      );
    }
  }

  /** Refills the budget after progress. */
  earn(budget: number): void {
    this.#budget = Math.min(CAPACITY, this.#budget + budget);
  }
}
