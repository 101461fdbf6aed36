/** Times for which something that could not be reached is avoided. */

/**
 * Time for which one server counts as down. It doubles with each failure that follows another, since each may take
 * seconds.
 */
export class DownTime {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #until = -Infinity;
  #failures = 0;

  /**
   * @param firstMs The time after a first failure, in milliseconds.
   * @param longestMs The longest time, in milliseconds.
   */
  constructor(firstMs: number, longestMs: number) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  /** True if the server could not be reached a short time ago. */
  get isDown(): boolean {
    return performance.now() < this.#until;
  }

  /** True if the failures are so long ago that they mean nothing any more. */
  get isPast(): boolean {
    return this.#until + this.#longestMs <= performance.now();
  }

  /** Notes that the server could not be reached. Several calls fail by one attempt, which counts once. */
  failed(): void {
    if (this.isDown) return;
    const ms = this.#firstMs * 2 ** this.#failures++;
    this.#until = performance.now() + Math.min(ms, this.#longestMs);
  }

  /** Notes that the server was reached. */
  succeeded(): void {
    this.#until = -Infinity;
    this.#failures = 0;
  }
}
