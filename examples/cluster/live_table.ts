/** A table of what each server has delivered, drawn anew while it grows. */

import process from "node:process";
import { textTable } from "../demo/text_table.ts";

const REDRAW_AFTER_MS = 100;

interface Amount {
  rows: number;
  bytes: number;
}

/**
 * Counts rows and bytes by server. On a terminal the table is drawn while it
 * changes; elsewhere, as in a log, there is only the last one.
 */
export class LiveTable {
  readonly #names: ReadonlyMap<string, string>;
  readonly #amounts = new Map<string, Amount>();
  #start: number | undefined;
  #drawn = -Infinity;
  #lines = 0;

  /** @param names The names of servers by their locations. */
  constructor(names: ReadonlyMap<string, string>) {
    this.#names = names;
    for (const name of names.values()) {
      this.#amounts.set(name, { rows: 0, bytes: 0 });
    }
  }

  /** Counts what came from a location. */
  add(location: string, rows: number, bytes: number): void {
    const name = this.#names.get(location) ?? location;
    const amount = this.#amounts.get(name) ?? { rows: 0, bytes: 0 };
    amount.rows += rows;
    amount.bytes += bytes;
    this.#amounts.set(name, amount);
    const now = performance.now();
    // The query itself takes its time before the first rows.
    this.#start ??= now;
    if (!process.stdout.isTTY || now - this.#drawn < REDRAW_AFTER_MS) return;
    this.#drawn = now;
    this.#draw();
  }

  /** Draws the table for the last time. */
  end(): void {
    this.#draw();
    process.stdout.write("\n");
  }

  /** All rows so far. */
  get rows(): number {
    return [...this.#amounts.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  #draw(): void {
    const now = performance.now();
    const seconds = (now - (this.#start ?? now)) / 1000;
    const rows = [...this.#amounts].map(([name, { rows, bytes }]) => {
      const mebibytes = bytes / 1024 ** 2;
      return [name, rows, mebibytes, seconds > 0 ? mebibytes / seconds : 0];
    });
    const text = textTable(["server", "rows", "MiB", "MiB/s"], rows);
    if (process.stdout.isTTY && this.#lines > 0) {
      process.stdout.write(`\x1b[${this.#lines}A\x1b[J`);
    }
    process.stdout.write(`${text}\n`);
    this.#lines = text.split("\n").length;
  }
}
