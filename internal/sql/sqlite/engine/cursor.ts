/** Reads the rows of a running statement into batches. */

import { FlightError } from "../../../core/flight_error.ts";
import { BatchFiller } from "./batch_filler.ts";
import type { BindRows } from "./bind_column.ts";
import type { CompiledStatement } from "./compiled_statement.ts";
import type { EngineOptions, ResultBatch } from "./engine_protocol.ts";
import type { NativeRow, NativeStatement } from "./native.ts";

/** The rows of a running statement. */
export class Cursor {
  readonly #statement: CompiledStatement;
  readonly #filler: BatchFiller;
  readonly #bind: (row: number) => unknown[];
  readonly #runs: number;
  readonly #native: NativeStatement;
  #run = 0;
  #rows: Iterator<NativeRow> | undefined;
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
    this.#statement = statement;
    this.#filler = new BatchFiller(options, columns);
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
   * @param stopped Tells that the call was given up, so that the rest is not wanted.
   */
  pull(stopped: () => boolean): ResultBatch {
    const filler = this.#filler;
    filler.begin();
    while (this.#rows !== undefined) {
      const next = this.#rows.next();
      if (next.done) this.#nextRun();
      else if (filler.add(next.value, stopped)) break;
    }
    return filler.take(this.#rows === undefined);
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
