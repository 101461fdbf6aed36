/** The rest of a time that several calls share. */

/** A time that runs from now on, whatever happens to the clock of the day. */
export class TimeLeft {
  readonly #endsAt: number;

  /** @param timeoutMs The time, in milliseconds; `undefined` or `Infinity` for no bound. */
  constructor(timeoutMs: number | undefined = Infinity) {
    this.#endsAt = performance.now() + timeoutMs;
  }

  /** The rest, in milliseconds, at least 1; `undefined` for no bound. */
  get ms(): number | undefined {
    return this.#endsAt === Infinity
      ? undefined
      : Math.max(1, this.#endsAt - performance.now());
  }
}
