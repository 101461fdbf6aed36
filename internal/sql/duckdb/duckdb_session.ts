/** One connection to DuckDB, whose work is done in turn. */

import { Exclusive } from "../../base/exclusive.ts";
import { handled } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import { stopReason } from "../database/call_signal.ts";
import type { OpenedFile } from "../database/opened_file.ts";
import { duckdbError } from "./duckdb_error.ts";
import type { DuckConnection } from "./native.ts";

/** Time between interrupts of a statement that goes on, in milliseconds. */
const INTERRUPT_MS = 20;

/** A result that is being read. */
export interface OpenResult {
  /** Takes the rest of it into memory, because the connection is needed for something else. */
  buffer(): Promise<void>;
}

/** A connection of the engine, and its state. */
export class DuckdbSession {
  /** The connection. */
  readonly native: DuckConnection;
  /** `true` in a transaction that the client began. */
  inTransaction = false;
  readonly #turns = new Exclusive();
  #open: OpenResult | undefined;
  #isProtected = false;
  readonly #file: OpenedFile | undefined;
  #closed = false;

  /**
   * @param native The connection.
   * @param file The file of the database, if it has one that the adapter has opened.
   */
  constructor(native: DuckConnection, file?: OpenedFile) {
    this.native = native;
    this.#file = file;
  }

  /** Fails when the file at the path is no longer the one that was opened. */
  checkFile(): void {
    this.#file?.check();
  }

  /** True if the file at the path is no longer the one that was opened. */
  get isLost(): boolean {
    return this.#file?.isCurrent === false;
  }

  /** `true` until the connection is closed. */
  get isOpen(): boolean {
    return !this.#closed;
  }

  /**
   * Does work that ends the result that is being read: DuckDB has one for each connection.
   *
   * @param signal Interrupts the engine.
   */
  run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return this.#turn(signal, async () => {
      const open = this.#open;
      if (open !== undefined) {
        this.#open = undefined;
        // It belongs to another call, which must not end with this one.
        await this.protect(() => open.buffer());
        if (signal?.aborted) throw stopReason(signal);
      }
      return await work();
    });
  }

  /**
   * Does work that a signal must not interrupt: the beginning and the end of a transaction. An interrupted COMMIT or
   * ROLLBACK leaves the connection in a failed transaction, in which the engine refuses all that comes later. To be
   * called in a turn.
   */
  async protect<T>(work: () => Promise<T>): Promise<T> {
    const isNested = this.#isProtected;
    this.#isProtected = true;
    try {
      return await work();
    } finally {
      this.#isProtected = isNested;
    }
  }

  /** Waits for the work of calls that were canceled: the engine may go on with it, as while it compiles. */
  async idle(): Promise<void> {
    await this.#turns.take();
    this.#turns.release();
  }

  /** Notes the result that is being read now. To be called in a turn. */
  setOpen(result: OpenResult): void {
    this.#open = result;
  }

  /** Reports whether a result is still the one that is being read. */
  isReading(result: OpenResult): boolean {
    return this.#open === result;
  }

  /** Forgets a result that has ended. */
  clearOpen(result: OpenResult): void {
    if (this.#open === result) this.#open = undefined;
  }

  /** Does work on the result that is being read. */
  read<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return this.#turn(signal, work);
  }

  async #turn<T>(
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    if (signal?.aborted) throw stopReason(signal);
    await this.#turns.take();
    if (this.#closed || signal?.aborted) {
      this.#turns.release();
      if (signal?.aborted) throw stopReason(signal);
      throw new FlightError("FAILED_PRECONDITION", "The connection is closed");
    }
    let onAbort: () => void = () => {};
    let endInterrupts: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => {
        endInterrupts = this.#interrupt();
        reject(stopReason(signal!));
      };
      signal?.addEventListener("abort", onAbort);
    });
    // The turn lasts until the engine has really ended, also when the call has been answered.
    const done = handled(
      work().finally(() => {
        signal?.removeEventListener("abort", onAbort);
        endInterrupts();
        this.#turns.release();
      }),
    );
    try {
      return await Promise.race([done, handled(aborted)]);
    } catch (error) {
      throw signal?.aborted ? stopReason(signal) : duckdbError(error);
    }
  }

  /**
   * Interrupts the engine again and again: a statement whose thread has not begun yet does not notice an interrupt, and
   * would run to its end.
   *
   * @returns A function that ends it.
   */
  #interrupt(): () => void {
    const interrupt = (): void => {
      if (!this.#isProtected) this.native.interrupt();
    };
    interrupt();
    const timer = setInterval(interrupt, INTERRUPT_MS);
    return () => clearInterval(timer);
  }

  /** Runs a statement of the adapter itself. */
  execute(sql: string, signal?: AbortSignal): Promise<void> {
    return this.run(signal, async () => {
      await this.native.run(sql);
    });
  }

  /** Ends the transaction of a query that is read to its end. To be called in a turn. */
  async commit(): Promise<void> {
    try {
      await this.protect(() => this.native.run("COMMIT"));
    } catch (error) {
      await this.rollBack().catch(() => {});
      throw error;
    }
  }

  /** Ends the transaction of a query that failed, or that is not read to its end. To be called in a turn. */
  async rollBack(): Promise<void> {
    await this.protect(() => this.native.run("ROLLBACK"));
  }

  /** Runs a query of the adapter itself. */
  rows(sql: string, values: unknown[] = []): Promise<unknown[][]> {
    return this.run(undefined, async () => {
      const result = await this.native.run(sql, values);
      return await result.getRows();
    });
  }

  /** Runs work that writes: all of it or nothing, unless the client has a transaction. */
  async atomically<T>(
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.inTransaction) return await work();
    try {
      // A call that is canceled meanwhile may have begun a transaction all the same.
      await this.execute("BEGIN TRANSACTION", signal);
      const result = await work();
      await this.execute("COMMIT", signal);
      return result;
    } catch (error) {
      // Nothing is left to undo where the engine has done so itself.
      await this.execute("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  /** Closes the connection as soon as the engine has ended its work; interrupts it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const endInterrupts = this.#interrupt();
    await this.#turns.take();
    endInterrupts();
    if (!this.#closed) {
      this.#closed = true;
      this.native.closeSync();
    }
    this.#turns.release();
  }
}
