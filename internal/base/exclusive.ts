/**
 * Gives one caller at a time exclusive use of something, in the order of the
 * calls.
 */
export class Exclusive {
  #isTaken = false;
  readonly #waiting: (() => void)[] = [];

  /** True while a caller has its turn. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /**
   * Waits for its turn.
   *
   * @returns `undefined` if it is free: there is nothing to wait for then.
   */
  take(): Promise<void> | undefined {
    if (this.#isTaken) {
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    this.#isTaken = true;
    return undefined;
  }

  /** Passes the turn to the next in line. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
