/** Frames that cost work and bring nothing: RFC 9113, section 10.5. */

import { Http2Error } from "./http2_error.ts";

/** How many such frames may come at once. */
const CAPACITY = 10_000;

/** How many more may come per second. */
const PER_SECOND = 1000;

/**
 * A budget for frames that make no progress: PING, SETTINGS, PRIORITY,
 * WINDOW_UPDATE, RST_STREAM, unknown and empty ones, streams that end before they
 * were answered, and calls that nothing here can answer. It refills with time, and with data: an honest peer
 * answers data with WINDOW_UPDATE and PING.
 */
export class FloodGuard {
  #budget = CAPACITY;
  #time = Date.now();

  /**
   * Counts a frame.
   *
   * @param what Its name.
   * @param cost How much it counts.
   * @throws {Http2Error} ENHANCE_YOUR_CALM when there are too many.
   */
  spend(what: string, cost = 1): void {
    this.#budget -= cost;
    if (this.#budget >= 0) return;
    const now = Date.now();
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

  /** Counts data that was sent or received. */
  earn(budget: number): void {
    this.#budget = Math.min(CAPACITY, this.#budget + budget);
  }
}
