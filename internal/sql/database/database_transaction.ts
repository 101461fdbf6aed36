/** A transaction of a database, on a connection of its own. */

import { FlightError } from "../../core/flight_error.ts";
import type { ConnectionPool, PooledConnection } from "./connection_pool.ts";
import type { SqlSavepoint, SqlTransaction } from "../server/handlers.ts";

/** Aborts never: a transaction outlives the call that it begins with. */
const NEVER = new AbortController().signal;

/**
 * A transaction. Its connection is taken, and the transaction begun, by the first thing that needs it: drivers
 * that have no other mode keep one open all the time.
 */
export class DatabaseTransaction implements SqlTransaction {
  readonly #pool: ConnectionPool;
  #connection: Promise<PooledConnection> | undefined;
  #savepoints = 0;
  #users = 0;
  #isOver = false;

  readonly #onSchemaChange: () => void;

  /** True if its statements have changed the schema, which others see from its commit on. */
  hasChangedSchema = false;

  /**
   * @param pool The pool.
   * @param onSchemaChange Called when it has ended, and the schema is another one.
   */
  constructor(pool: ConnectionPool, onSchemaChange: () => void) {
    this.#pool = pool;
    this.#onSchemaChange = onSchemaChange;
  }

  /**
   * Uses its connection; `done` must be called.
   *
   * @returns The connection.
   */
  async use(): Promise<PooledConnection> {
    if (this.#isOver) {
      throw new FlightError("NOT_FOUND", "the transaction has ended");
    }
    this.#users++;
    try {
      this.#connection ??= this.#begin();
      return await this.#connection;
    } catch (error) {
      this.#connection = undefined;
      this.done();
      throw error;
    }
  }

  /** Ends a use: a result may be read for longer than its transaction lasts. */
  done(): void {
    this.#users--;
    this.#release();
  }

  async commit(): Promise<void> {
    if (this.#connection === undefined) return this.#end();
    const { connection } = await this.#connection;
    await connection.commit();
    this.#end();
  }

  async rollback(): Promise<void> {
    try {
      const pooled = await this.#connection;
      await pooled?.connection.rollback();
    } finally {
      this.#end();
    }
  }

  async savepoint(): Promise<SqlSavepoint> {
    // The client's name is not needed, and may be one that is there already.
    const name = `flight_${++this.#savepoints}`;
    const run = async (
      work: (connection: PooledConnection["connection"]) => unknown,
    ): Promise<void> => {
      const { connection } = await this.use();
      try {
        await work(connection);
      } finally {
        this.done();
      }
    };
    await run((connection) => connection.savepoint(name));
    return {
      release: () => run((connection) => connection.releaseSavepoint(name)),
      rollback: () => run((connection) => connection.rollbackToSavepoint(name)),
    };
  }

  async #begin(): Promise<PooledConnection> {
    const pooled = await this.#pool.take(NEVER);
    try {
      await pooled.connection.begin();
      return pooled;
    } catch (error) {
      this.#pool.release(pooled);
      throw error;
    }
  }

  #end(): void {
    this.#isOver = true;
    if (this.hasChangedSchema) this.#onSchemaChange();
    this.#release();
  }

  #release(): void {
    if (!this.#isOver || this.#users > 0) return;
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.then((pooled) => this.#pool.release(pooled), () => {});
  }
}
