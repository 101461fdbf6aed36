/** Reads the rows of a running statement into batches. */

import { FlightError } from "../../../core/flight_error.ts";
import type { BindRows } from "./bind_column.ts";
import {
  BytesBuilder,
  type ColumnBuilder,
  columnBuilder,
  Mismatch,
} from "./column_builder.ts";
import type { CompiledStatement } from "./compiled_statement.ts";
import type { EngineOptions, ResultBatch } from "./engine_protocol.ts";
import type { NativeRow, NativeStatement } from "./native.ts";

/** Time after which a batch is sent although it is not full, so that slow rows arrive as they come. */
const BATCH_MS = 50;
/** The same for the first batch. */
const FIRST_BATCH_MS = 5;
/** Rows between two looks at the clock and at the stop flag; a power of 2. */
const CHECKED_ROWS = 16;

/** The rows of a running statement. */
export class Cursor {
  readonly #options: EngineOptions;
  readonly #statement: CompiledStatement;
  readonly #builders: ColumnBuilder[];
  /** Those whose values have no fixed width. */
  readonly #variable: ColumnBuilder[];
  readonly #bind: (row: number) => unknown[];
  readonly #runs: number;
  readonly #native: NativeStatement;
  #run = 0;
  #rows: Iterator<NativeRow> | undefined;
  #count = 0;
  #closed = false;

  /**
   * @param parameters The statement runs once for each row of them.
   * @throws {FlightError} When the statement gives no rows, or other columns than before.
   */
  constructor(
    options: EngineOptions,
    statement: CompiledStatement,
    parameters: BindRows | undefined,
  ) {
    const { columns } = statement.info;
    if (columns === undefined) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        "Cannot read rows: the statement gives none; run it as an update",
      );
    }
    this.#options = options;
    this.#statement = statement;
    this.#builders = columns.map((column) =>
      columnBuilder(column, options.onMismatch)
    );
    this.#variable = this.#builders.filter((b) => b instanceof BytesBuilder);
    this.#bind = statement.binder(parameters);
    this.#runs = parameters === undefined ? 1 : parameters.rows;
    this.#native = statement.take();
    this.#nextRun();
  }

  #nextRun(): void {
    this.#rows = this.#run < this.#runs
      ? this.#statement.iterate(this.#native, this.#bind(this.#run++))
      : undefined;
  }

  /**
   * Reads the next batch.
   *
   * @param stopped Whether the call was given up, so that the rest is not wanted.
   */
  pull(stopped: () => boolean): ResultBatch {
    const { batchRows, batchBytes } = this.#options;
    const builders = this.#builders;
    const width = builders.length;
    const until = performance.now() +
      (this.#count === 0 ? FIRST_BATCH_MS : BATCH_MS);
    let rows = 0;
    while (this.#rows !== undefined && rows < batchRows) {
      const next = this.#rows.next();
      if (next.done) {
        this.#nextRun();
        continue;
      }
      const row = next.value;
      try {
        for (let i = 0; i < width; i++) builders[i]!.push(row[i]!);
      } catch (error) {
        throw this.#misfit(error, this.#count + rows);
      }
      rows++;
      if (this.#bytes() + rows * width * 8 >= batchBytes) break;
      if ((rows & (CHECKED_ROWS - 1)) === 0 || rows < CHECKED_ROWS) {
        if (stopped()) {
          throw new FlightError("CANCELLED", "The call was stopped");
        }
        if (performance.now() >= until) break;
      }
    }
    this.#count += rows;
    this.#checkCount();
    const columns = builders.map((builder) => builder.finish());
    return { rows, columns, done: this.#rows === undefined };
  }

  #bytes(): number {
    let bytes = 0;
    for (const builder of this.#variable) bytes += builder.bytes;
    return bytes;
  }

  #misfit(error: unknown, row: number): unknown {
    return error instanceof Mismatch
      ? new FlightError("FAILED_PRECONDITION", `Row ${row} ${error.message}`)
      : error;
  }

  #checkCount(): void {
    const { maxRows } = this.#options;
    if (this.#count <= maxRows) return;
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `The result has more than ${maxRows} rows, which the option maxRows allows`,
    );
  }

  /** Ends the statement; a second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rows?.return?.();
    this.#rows = undefined;
    this.#statement.give(this.#native);
  }
}
