/** Collects rows into a batch. */

import { FlightError } from "../../../core/flight_error.ts";
import {
  BytesBuilder,
  type ColumnBuilder,
  columnBuilder,
  Mismatch,
} from "./column_builder.ts";
import type { ColumnInfo } from "./column_kind.ts";
import type { EngineOptions, ResultBatch } from "./engine_protocol.ts";
import type { NativeRow } from "./native.ts";

/** Time after which a batch is sent although it is not full, so that slow rows arrive as they come. */
const BATCH_MS = 50;
/** The same for the first batch. */
const FIRST_BATCH_MS = 5;
/** Rows between two looks at the clock and at the stop flag; a power of 2. */
const CHECKED_ROWS = 16;

/** The batch that is being made, and the number of rows before it. */
export class BatchFiller {
  readonly #options: EngineOptions;
  readonly #builders: readonly ColumnBuilder[];
  /** Those whose values have no fixed width. */
  readonly #variable: readonly ColumnBuilder[];
  #rows = 0;
  #count = 0;
  #until = 0;

  constructor(options: EngineOptions, columns: readonly ColumnInfo[]) {
    this.#options = options;
    this.#builders = columns.map((column) =>
      columnBuilder(column, options.onMismatch)
    );
    this.#variable = this.#builders.filter((b) => b instanceof BytesBuilder);
  }

  /** Begins a batch. */
  begin(): void {
    this.#until = performance.now() +
      (this.#count === 0 ? FIRST_BATCH_MS : BATCH_MS);
  }

  /**
   * Adds a row.
   *
   * @param stopped Tells that the call was given up, so that the rest is not wanted.
   * @returns `true` when the batch is full.
   */
  add(row: NativeRow, stopped: () => boolean): boolean {
    const builders = this.#builders;
    const width = builders.length;
    try {
      for (let i = 0; i < width; i++) builders[i]!.push(row[i]!);
    } catch (error) {
      throw this.#misfit(error);
    }
    const rows = ++this.#rows;
    const { batchRows, batchBytes } = this.#options;
    if (rows >= batchRows || this.#bytes() + rows * width * 8 >= batchBytes) {
      return true;
    }
    if ((rows & (CHECKED_ROWS - 1)) !== 0 && rows >= CHECKED_ROWS) return false;
    if (stopped()) throw new FlightError("CANCELLED", "The call was stopped");
    return performance.now() >= this.#until;
  }

  /** Takes the batch out. */
  take(done: boolean): ResultBatch {
    const rows = this.#rows;
    this.#rows = 0;
    this.#count += rows;
    const { maxRows } = this.#options;
    if (this.#count > maxRows) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `The result has more than ${maxRows} rows, which the option maxRows allows`,
      );
    }
    const columns = this.#builders.map((builder) => builder.finish(done));
    return { rows, columns, done };
  }

  #bytes(): number {
    let bytes = 0;
    for (const builder of this.#variable) bytes += builder.bytes;
    return bytes;
  }

  #misfit(error: unknown): unknown {
    const row = this.#count + this.#rows;
    return error instanceof Mismatch
      ? new FlightError("FAILED_PRECONDITION", `Row ${row} ${error.message}`)
      : error;
  }
}
