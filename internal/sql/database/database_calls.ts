/** Statements on the connections of a database. */

import type { RecordBatch } from "apache-arrow";
import type { SqlCallContext } from "../server/handlers.ts";
import type { DatabaseStatement } from "./adapter.ts";
import { type AnnouncedColumns, checkColumns } from "./announced_columns.ts";
import type {
  ConnectionPool,
  PooledConnection,
  StatementKey,
} from "./connection_pool.ts";
import {
  boundedRows,
  type StatementLimits,
  timedSignal,
} from "./database_limits.ts";
import type { DatabaseTransaction } from "./database_transaction.ts";

/** The context of a call, with a transaction of a database. */
export type DatabaseContext = SqlCallContext<DatabaseTransaction>;

/** A text, and the names that were in force when a client gave it. */
type WantedStatement = Omit<StatementKey, "generation">;

/** A connection in use: that of a transaction, or one of the pool. */
interface ConnectionLease {
  readonly pooled: PooledConnection;
  end(): void;
}

/** A compiled statement in use, and its connection. */
interface StatementLease {
  readonly statement: DatabaseStatement;
  /** Keeps the statement for later if it did its work, and closes it otherwise. */
  end(isFine: boolean): Promise<void>;
}

/** Statements that may change the schema, and with it the compiled statements that are kept. */
const CHANGES_SCHEMA =
  /\b(?:create|alter|drop|rename|truncate|attach|detach|pragma|set|use)\b/i;

/** Runs what the handlers of a database are asked for. */
export class DatabaseCalls {
  readonly #pool: ConnectionPool;
  readonly #limits: StatementLimits;
  #generation = 0;

  constructor(pool: ConnectionPool, limits: StatementLimits) {
    this.#pool = pool;
    this.#limits = limits;
    const changeSchema = (): void => this.changeSchema();
    pool.onLost = changeSchema;
  }

  /** Changes with the schema. */
  get generation(): number {
    return this.#generation;
  }

  /** Notes that the schema is another one, in a transaction only until it ends. */
  changeSchema(transaction?: DatabaseTransaction): void {
    this.#generation++;
    if (transaction) transaction.hasChangedSchema = true;
  }

  /** Runs something on the connection of the transaction, or on any. */
  async connected<R>(
    { signal, transaction }: DatabaseContext,
    run: (pooled: PooledConnection) => R | Promise<R>,
  ): Promise<R> {
    const lease = await this.#lease(transaction, signal);
    try {
      return await run(lease.pooled);
    } finally {
      lease.end();
    }
  }

  /**
   * Runs something with a compiled statement. The time of a statement is for both: an engine may compute much of it
   * while it compiles it.
   */
  async compiled<R>(
    wanted: WantedStatement,
    { signal, transaction }: DatabaseContext,
    run: (statement: DatabaseStatement, signal: AbortSignal) => R | Promise<R>,
  ): Promise<R> {
    const timed = timedSignal(signal, this.#limits);
    try {
      const lease = await this.#compile(wanted, transaction, timed.signal);
      let isFine = false;
      try {
        const outcome = await run(lease.statement, timed.signal);
        isFine = true;
        return outcome;
      } finally {
        if (!lease.statement.isReadOnly && CHANGES_SCHEMA.test(wanted.text)) {
          this.changeSchema(transaction);
        }
        await lease.end(isFine);
      }
    } finally {
      timed.stop();
    }
  }

  /** Runs a statement, and gives its rows; nothing happens before they are read. */
  async *rowsOf(
    wanted: WantedStatement,
    announced: AnnouncedColumns,
    parameters: RecordBatch | undefined,
    { signal, transaction }: DatabaseContext,
  ): AsyncGenerator<RecordBatch, void, undefined> {
    const timed = timedSignal(signal, this.#limits);
    try {
      const lease = await this.#compile(wanted, transaction, timed.signal);
      let isFine = false;
      try {
        const { statement } = lease;
        if (announced.generation !== this.#generation) {
          checkColumns(statement.schema, announced.schema);
        }
        const batches = statement.query(parameters, { signal: timed.signal });
        yield* boundedRows(batches, this.#limits);
        isFine = true;
      } finally {
        await lease.end(isFine);
      }
    } finally {
      timed.stop();
    }
  }

  /** The rows of a point query, where they can be had without a connection. */
  rowsAtOnce(
    statement: DatabaseStatement,
    parameters: RecordBatch | undefined,
    { transaction }: DatabaseContext,
  ): RecordBatch[] | undefined {
    if (transaction || !statement.isPointQuery) return undefined;
    const batches = statement.queryAtOnce?.(parameters);
    if (batches === undefined) return undefined;
    const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0);
    // The other way fails with the right error.
    return rows > this.#limits.maxRows ? undefined : [...batches];
  }

  async #compile(
    wanted: WantedStatement,
    transaction: DatabaseTransaction | undefined,
    signal: AbortSignal,
  ): Promise<StatementLease> {
    const { pooled, end } = await this.#lease(transaction, signal);
    try {
      const key = { ...wanted, generation: this.#generation };
      const statement = await pooled.prepare(key, signal);
      return {
        statement,
        async end(isFine) {
          try {
            if (isFine) await pooled.keep(key, statement);
            else await statement.close();
          } finally {
            end();
          }
        },
      };
    } catch (error) {
      end();
      throw error;
    }
  }

  async #lease(
    transaction: DatabaseTransaction | undefined,
    signal: AbortSignal,
  ): Promise<ConnectionLease> {
    if (transaction) {
      const pooled = await transaction.use();
      return { pooled, end: () => transaction.done() };
    }
    const pooled = await this.#pool.take(signal);
    return { pooled, end: () => this.#pool.release(pooled) };
  }
}
