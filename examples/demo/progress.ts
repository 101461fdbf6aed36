/** Shows the progress of a step, and measures its duration. */

import process from "node:process";
import type { RecordBatch } from "apache-arrow";

const BAR_WIDTH = 32;
const REDRAW_AFTER_MS = 40;

/** A step that has ended. */
export interface Step {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
}

/**
 * Counts the rows of a step. On a terminal it draws a bar; elsewhere, as in a
 * log, there is only the line at the end.
 */
export class Progress {
  readonly #name: string;
  readonly #rows: number;
  readonly #bytes: number;
  readonly #start = performance.now();
  #rowsDone = 0;
  #drawn = -Infinity;

  /** Starts the clock of a step with so many rows and bytes. */
  constructor(name: string, rows: number, bytes: number) {
    this.#name = name;
    this.#rows = rows;
    this.#bytes = bytes;
  }

  /** Counts the rows of a batch. */
  add({ numRows }: RecordBatch): void {
    this.#rowsDone += numRows;
    const now = performance.now();
    if (!process.stdout.isTTY || now - this.#drawn < REDRAW_AFTER_MS) return;
    this.#drawn = now;
    const part = this.#rowsDone / this.#rows;
    const bar = "#".repeat(Math.round(part * BAR_WIDTH)).padEnd(BAR_WIDTH, ".");
    process.stdout.write(
      `\r${this.#name}: [${bar}] ${Math.round(part * 100)} %`,
    );
  }

  /** Counts batches while they pass. */
  *watch(batches: Iterable<RecordBatch>): Generator<RecordBatch> {
    for (const batch of batches) {
      this.add(batch);
      yield batch;
    }
  }

  /** Stops the clock. */
  end(outcome: string): Step {
    const seconds = (performance.now() - this.#start) / 1000;
    if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
    console.log(`${this.#name}: ${outcome}`);
    return {
      name: this.#name,
      rows: this.#rows,
      bytes: this.#bytes,
      seconds,
    };
  }
}
