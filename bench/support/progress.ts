/**
 * Shows how far a run has come.
 *
 * @module
 */

/** Progress of a run of several parts. */
export class Progress {
  readonly #planned: ReadonlyMap<string, number>;
  readonly #total: number;
  readonly #start = performance.now();
  readonly #limit: number;
  #done = 0;

  /**
   * @param planned Estimated seconds of each part.
   * @param limit Seconds that all parts may take together.
   */
  constructor(planned: ReadonlyMap<string, number>, limit: number) {
    this.#planned = planned;
    this.#limit = limit;
    this.#total = [...planned.values()].reduce((sum, one) => sum + one, 0);
    console.log(`about ${Math.ceil(this.#total / 60)} minutes`);
  }

  /**
   * Reports whether a part has taken its share of the limit.
   *
   * @param part The part.
   * @param more Seconds of its next step.
   */
  isLate(part: string, more: number): boolean {
    const planned = this.#done + (this.#planned.get(part) ?? 0);
    const seconds = (performance.now() - this.#start) / 1000;
    return seconds + more > this.#limit * planned / this.#total;
  }

  /**
   * Shows a step.
   *
   * @param part The part.
   * @param share Share of the part that is done, 0 to 1.
   * @param text The step that begins.
   */
  step(part: string, share: number, text: string): void {
    const done = this.#done + (this.#planned.get(part) ?? 0) * share;
    const percent = Math.min(99, Math.round(100 * done / this.#total));
    const seconds = Math.round((performance.now() - this.#start) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${
      String(seconds % 60).padStart(2, "0")
    }`;
    console.log(`${clock.padStart(5)} ${percent} % ${part}: ${text}`);
  }

  /** Counts a part as done. */
  finish(part: string): void {
    this.#done += this.#planned.get(part) ?? 0;
  }
}
