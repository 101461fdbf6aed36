/** A prepared statement of a connection to SQLite. */

import type { RecordBatch, Schema } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import { handled } from "../../base/handled.ts";
import type {
  DatabaseCallOptions,
  DatabaseStatement,
} from "../database/adapter.ts";
import {
  bindRows,
  parameterSchema,
  resultBatch,
  resultSchema,
} from "./arrow_columns.ts";
import { limitedCall, stopReason } from "../database/call_signal.ts";
import type { EngineLink } from "./engine_link.ts";
import type { PointQueries } from "./point_queries.ts";
import type { PreparedInfo, ResultBatch } from "./engine/engine_protocol.ts";

/** Connection of a statement. */
interface StatementOwner {
  /** The worker. */
  readonly link: EngineLink;
  /** Longest time of a statement, in milliseconds. */
  readonly timeoutMs: number;
  /** Runs point queries; absent while the connection is in a transaction. */
  readonly points: PointQueries | undefined;
  /** Gives the numbers of cursors. */
  newHandle(): number;
}

/** A statement that the worker has compiled. */
export class SqliteStatement implements DatabaseStatement {
  readonly schema: Schema | undefined;
  readonly parameterSchema: Schema;
  readonly isReadOnly: boolean;
  readonly isPointQuery: boolean;
  readonly #owner: StatementOwner;
  readonly #link: EngineLink;
  readonly #handle: number;
  readonly #sql: string;
  readonly #info: PreparedInfo;
  #closed = false;

  /**
   * @param owner The connection.
   * @param handle Number of the statement.
   * @param sql Its text.
   * @param info What the worker has found out about it.
   */
  constructor(
    owner: StatementOwner,
    handle: number,
    sql: string,
    info: PreparedInfo,
  ) {
    this.schema = info.columns && resultSchema(info.columns);
    this.parameterSchema = parameterSchema(info.parameters);
    this.isReadOnly = info.isReadOnly;
    this.isPointQuery = info.isReadOnly && info.isPointQuery;
    this.#owner = owner;
    this.#link = owner.link;
    this.#handle = handle;
    this.#sql = sql;
    this.#info = info;
  }

  async *query(
    parameters: RecordBatch | undefined,
    { signal }: DatabaseCallOptions,
  ): AsyncGenerator<RecordBatch, void, undefined> {
    this.#check();
    const { schema } = this;
    if (schema === undefined) {
      throw new FlightError(
        "INVALID_ARGUMENT",
        "Cannot read rows: the statement gives none; run it as an update",
      );
    }
    const { timeoutMs } = this.#owner;
    if (this.#info.isPointQuery) {
      if (signal.aborted) throw stopReason(signal);
      const batches = this.queryAtOnce(parameters);
      if (batches !== undefined) {
        yield* batches;
        return;
      }
    }
    const rows = parameters && bindRows(parameters);
    // Without a limit, a small result, which the first answer has in it, needs no signal of its own.
    let call = timeoutMs === Infinity
      ? undefined
      : limitedCall(signal, timeoutMs);
    const cursor = this.#owner.newHandle();
    let next: Promise<ResultBatch> | undefined = this.#link.call(
      "openCursor",
      [cursor, this.#handle, rows],
      call?.signal ?? signal,
    );
    let done = false;
    try {
      while (next !== undefined) {
        const batch: ResultBatch = await next;
        done = batch.done;
        // The engine works on one batch while the last one is read, and no further.
        if (done) next = undefined;
        else {
          call ??= limitedCall(signal, timeoutMs);
          next = handled(this.#link.call("pull", [cursor], call.signal));
        }
        if (batch.rows > 0) yield resultBatch(schema, batch);
      }
    } finally {
      call?.end();
      if (!done && this.#link.isUsable) {
        // Not awaited: the current step of the engine may take long. Later operations wait for it.
        call?.stop();
        handled(this.#link.call("closeCursor", [cursor]));
      }
    }
  }

  queryAtOnce(
    parameters: RecordBatch | undefined,
  ): readonly RecordBatch[] | undefined {
    const { points } = this.#owner;
    const { schema } = this;
    if (schema === undefined || !this.#info.isPointQuery) return undefined;
    const rows = parameters && bindRows(parameters);
    const batch = points?.run(this.#sql, this.#info, rows);
    if (batch === undefined) return undefined;
    return batch.rows > 0 ? [resultBatch(schema, batch)] : [];
  }

  async execute(
    parameters: RecordBatch | undefined,
    { signal }: DatabaseCallOptions,
  ): Promise<bigint> {
    this.#check();
    const call = limitedCall(signal, this.#owner.timeoutMs);
    try {
      return await this.#link.call(
        "execute",
        [this.#handle, parameters && bindRows(parameters)],
        call.signal,
      );
    } finally {
      call.end();
    }
  }

  #check(): void {
    if (!this.#closed) return;
    throw new FlightError("FAILED_PRECONDITION", "The statement is closed");
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#link.isUsable) {
      await this.#link.call("closeStatement", [this.#handle]);
    }
  }
}
