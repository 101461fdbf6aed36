/** A prepared statement of a connection to DuckDB. */

import { type Data, Field, type RecordBatch, Schema, Utf8 } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import type {
  DatabaseCallOptions,
  DatabaseStatement,
} from "../database/adapter.ts";
import { limitedCall, stopReason } from "../database/call_signal.ts";
import { anyParameter, takesAny } from "../metadata/any_parameter.ts";
import { arrowType, columnMetadata } from "./arrow_types.ts";
import { parameterBinder } from "./parameters/bind_parameters.ts";
import { type BatchLimits, ResultStream } from "./duckdb_result.ts";
import type { DuckdbSession } from "./duckdb_session.ts";
import { analyzes, hasWord } from "./duckdb_text.ts";
import { isNested, nestedBinders } from "./parameters/nested_parameters.ts";
import { type CompiledText, isWhole } from "./parameters/open_parameters.ts";
import { DUCK_STATEMENT, type DuckStatement, type DuckType } from "./native.ts";

/** Bounds of statements. */
export interface StatementLimits extends BatchLimits {
  /** Milliseconds that a statement may take. */
  readonly timeoutMs: number;
  /** Most rows of a result. */
  readonly maxRows: number;
}

/** Statements that always give rows. */
const GIVING: ReadonlySet<number> = new Set([
  DUCK_STATEMENT.SELECT,
  DUCK_STATEMENT.EXPLAIN,
]);
const CHANGING: ReadonlySet<number> = new Set([
  DUCK_STATEMENT.INSERT,
  DUCK_STATEMENT.UPDATE,
  DUCK_STATEMENT.DELETE,
  DUCK_STATEMENT.MERGE_INTO,
]);

/** Tells whether a statement changes nothing. An EXPLAIN may run the statement that it explains. */
export function isReading(
  { statementType }: DuckStatement,
  sql: string,
): boolean {
  return statementType === DUCK_STATEMENT.SELECT ||
    (statementType === DUCK_STATEMENT.EXPLAIN && !analyzes(sql));
}

/** Tells whether a statement gives rows. */
export function givesRows(
  { statementType }: DuckStatement,
  sql: string,
): boolean {
  return GIVING.has(statementType) ||
    (CHANGING.has(statementType) && hasWord(sql, "RETURNING"));
}

/** A statement that DuckDB has compiled. */
export class DuckdbStatement implements DatabaseStatement {
  readonly schema: Schema | undefined;
  readonly parameterSchema: Schema;
  readonly isReadOnly: boolean;
  readonly #session: DuckdbSession;
  readonly #native: DuckStatement;
  readonly #limits: StatementLimits;
  readonly #types: readonly (DuckType | undefined)[];
  readonly #changesRows: boolean;
  readonly #whole: CompiledText["whole"];
  /** Its text, if it must be compiled anew where it runs. */
  readonly #recompiled: string | undefined;
  #closed = false;

  /** @param isFixed `true` if the data cannot change. */
  constructor(
    session: DuckdbSession,
    { native, sql, columns, free, whole }: CompiledText,
    limits: StatementLimits,
    isFixed: boolean,
  ) {
    this.#session = session;
    this.#native = native;
    this.#limits = limits;
    const { statementType } = native;
    // The engine keeps the plan of a statement without parameters. The plan relies on the least and largest values
    // of the columns, so it gives wrong rows once there are others.
    this.#recompiled = native.parameterCount === 0 && !isFixed
      ? sql
      : undefined;
    this.#changesRows = CHANGING.has(statementType);
    this.isReadOnly = isReading(native, sql);
    const hasRows = givesRows(native, sql);
    this.#types = hasRows ? columns.map(({ type }) => type) : [];
    this.schema = hasRows
      ? new Schema(columns.map(({ name, type }) =>
        new Field(
          name,
          type === undefined ? new Utf8() : arrowType(type),
          true,
          columnMetadata(type),
        )
      ))
      : undefined;
    this.parameterSchema = parameterSchema(native, free);
    this.#whole = whole;
  }

  async *query(
    parameters: RecordBatch | undefined,
    { signal }: DatabaseCallOptions,
  ): AsyncGenerator<RecordBatch, void, undefined> {
    if (this.schema === undefined) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        "Cannot read rows: the statement gives none; run it as an update",
      );
    }
    const call = limitedCall(signal, this.#limits.timeoutMs);
    const runs = parameters === undefined ? 1 : parameters.numRows;
    const limit = new RowLimit(this.#limits.maxRows);
    try {
      const bind = await this.#binder(parameters, call.signal);
      if (this.isReadOnly) {
        for (let row = 0; row < runs; row++) {
          yield* this.#read(() => bind(row), call.signal, limit);
        }
        return;
      }
      // A statement that writes runs to its end first, so that no reader can delay it.
      const batches = await this.#session.atomically(call.signal, async () => {
        const all: RecordBatch[] = [];
        for (let row = 0; row < runs; row++) {
          for await (
            const batch of this.#read(() => bind(row), call.signal, limit)
          ) all.push(batch);
        }
        return all;
      });
      yield* batches;
    } finally {
      call.end();
    }
  }

  async *#read(
    bind: () => void,
    signal: AbortSignal,
    limit: RowLimit,
  ): AsyncGenerator<RecordBatch, void, undefined> {
    const session = this.#session;
    const stream = await session.run(signal, () => this.#open(bind, signal));
    try {
      for (;;) {
        const batch = await stream.next(signal);
        if (batch === undefined) return;
        limit.add(batch.numRows);
        yield batch;
      }
    } finally {
      if (session.isReading(stream)) {
        await session.read(undefined, () => stream.abandon()).catch(() => {});
      }
    }
  }

  /** Starts the engine. To be called in a turn. */
  async #open(bind: () => void, signal: AbortSignal): Promise<ResultStream> {
    const session = this.#session;
    const { native } = session;
    // Between compiling and running no other connection may write.
    const needsSnapshot = this.#recompiled !== undefined && this.isReadOnly &&
      !session.inTransaction;
    if (needsSnapshot) {
      await session.protect(() => native.run("BEGIN TRANSACTION"));
    }
    let stream: ResultStream;
    try {
      if (signal.aborted) throw stopReason(signal);
      bind();
      stream = new ResultStream({
        session,
        result: this.#recompiled === undefined
          ? await this.#native.stream()
          : await native.stream(this.#recompiled),
        schema: this.schema!,
        types: this.#types,
        isOpen: this.parameterSchema.fields.some(takesAny),
        limits: this.#limits,
        ends: needsSnapshot ? "transaction" : "result",
      });
    } catch (error) {
      if (needsSnapshot) await session.rollBack().catch(() => {});
      throw error;
    }
    if (signal.aborted) {
      // The reader has gone: what it would have read must not be kept.
      await stream.abandon();
      throw stopReason(signal);
    }
    session.setOpen(stream);
    return stream;
  }

  async execute(
    parameters: RecordBatch | undefined,
    { signal }: DatabaseCallOptions,
  ): Promise<bigint> {
    const call = limitedCall(signal, this.#limits.timeoutMs);
    const runs = parameters === undefined ? 1 : parameters.numRows;
    const runAll = async (): Promise<bigint> => {
      const bind = await this.#binder(parameters, call.signal);
      let changed = 0n;
      for (let row = 0; row < runs; row++) {
        changed += await this.#session.run(call.signal, async () => {
          bind(row);
          const { rowsChanged, rowCount } = this.#recompiled === undefined
            ? await this.#native.run()
            : await this.#session.native.run(this.#recompiled);
          if (!this.#changesRows) return 0n;
          // Of a statement with RETURNING, the engine counts the rows that it gives.
          return BigInt(this.schema === undefined ? rowsChanged : rowCount);
        });
      }
      return changed;
    };
    try {
      return runs === 1
        ? await runAll()
        : await this.#session.atomically(call.signal, runAll);
    } finally {
      call.end();
    }
  }

  async #binder(
    parameters: RecordBatch | undefined,
    signal: AbortSignal,
  ): Promise<(row: number) => void> {
    if (this.#closed) {
      throw new FlightError("FAILED_PRECONDITION", "The statement is closed");
    }
    this.#session.checkFile();
    const count = this.parameterSchema.fields.length;
    const columns = parameters?.data.children ?? [];
    if (columns.length !== count) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        `Cannot bind parameters: the statement has ${count}, and ${columns.length} are given`,
      );
    }
    if (this.#whole.size > 0) {
      columns.forEach((column, i) => this.#checkWhole(column, i));
    }
    const binders = await this.#binders(columns, signal);
    return (row) => {
      if (count > 0) this.#native.clearBindings();
      binders.forEach((bind, i) => bind(this.#native, i + 1, row));
    };
  }

  /** Refuses values that the cast of a parameter would round. */
  #checkWhole({ type }: Data, index: number): void {
    const name = this.#native.parameterName(index + 1);
    if (!this.#whole.has(name) || isWhole(type)) return;
    throw new FlightError(
      "INVALID_ARGUMENT",
      `Cannot bind parameters: nothing tells the type of $${name}, so it takes whole numbers, and ${type} is given; give it a type, as in CAST(? AS DOUBLE)`,
    );
  }

  async #binders(columns: readonly Data[], signal: AbortSignal) {
    const nested = columns.filter((data, i) =>
      isNested(data, this.#native.parameterTypeId(i + 1))
    );
    if (nested.length === 0) return columns.map(parameterBinder);
    const binders = await nestedBinders(this.#session, nested, signal);
    return columns.map((data) =>
      binders[nested.indexOf(data)] ?? parameterBinder(data)
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#session.isOpen) return;
    await this.#session.read(undefined, () => {
      this.#native.destroySync();
      return Promise.resolve();
    });
  }
}

/** Counts the rows of a result. */
class RowLimit {
  readonly #max: number;
  #rows = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(rows: number): void {
    this.#rows += rows;
    if (this.#rows <= this.#max) return;
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `The result has more than ${this.#max} rows, which the option maxRows allows`,
    );
  }
}

function parameterSchema(
  native: DuckStatement,
  free: CompiledText["free"],
): Schema {
  return new Schema(Array.from({ length: native.parameterCount }, (_, i) => {
    const known = native.parameterName(i + 1);
    const name = /^\d+$/.test(known) ? `parameter_${known}` : known;
    return native.parameterTypeId(i + 1) === 0
      ? anyParameter(name, free.get(known) ?? new Utf8())
      : new Field(name, arrowType(native.parameterType(i + 1)), true);
  }));
}
