/** Lets one after the other have something, in the order in which they came. */
export class Exclusive {
  #isTaken = false;
  readonly #waiting: (() => void)[] = [];

  /**
   * Takes it.
   *
   * @returns `undefined` where it is free: there is nothing to wait for then.
   */
  take(): Promise<void> | undefined {
    if (this.#isTaken) {
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    this.#isTaken = true;
    return undefined;
  }

  /** Hands it to whoever waits longest. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}
