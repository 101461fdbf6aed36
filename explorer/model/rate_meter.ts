/** Rates of a transfer that is under way. */

/** Length of time that the current rate is taken over, in milliseconds. */
const WINDOW_MS = 2000;

/** Rates at a moment. */
interface Rates {
  /** Rows in a second. */
  readonly rows: number;
  /** Bytes in a second. */
  readonly bytes: number;
}

/** Measures rows and bytes: over the last two seconds, and over everything. */
export class RateMeter {
  readonly #start: number;
  readonly #samples: { at: number; rows: number; bytes: number }[] = [];
  #rows = 0;
  #bytes = 0;

  /** @param now The time of the start, in milliseconds. */
  constructor(now: number) {
    this.#start = now;
    this.#samples.push({ at: now, rows: 0, bytes: 0 });
  }

  /** Counts what has arrived. */
  add(rows: number, bytes: number, now: number): void {
    this.#rows += rows;
    this.#bytes += bytes;
    this.#samples.push({ at: now, rows: this.#rows, bytes: this.#bytes });
    while (this.#samples.length > 2 && this.#samples[1]!.at < now - WINDOW_MS) {
      this.#samples.shift();
    }
  }

  /** Gives the rates of the last two seconds. */
  current(now: number): Rates {
    const first = this.#samples.find(({ at }) => at >= now - WINDOW_MS) ??
      this.#samples.at(-1)!;
    return this.#since(first, now);
  }

  /** Gives the rates since the start. */
  overall(now: number): Rates {
    return this.#since({ at: this.#start, rows: 0, bytes: 0 }, now);
  }

  #since(
    sample: { at: number; rows: number; bytes: number },
    now: number,
  ): Rates {
    const seconds = Math.max(now - sample.at, 1) / 1000;
    return {
      rows: (this.#rows - sample.rows) / seconds,
      bytes: (this.#bytes - sample.bytes) / seconds,
    };
  }
}
