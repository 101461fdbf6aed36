/** Carries out the requests of a connection on an engine. */

import type { BindRows } from "./bind_column.ts";
import { foreignKeys, listTables, primaryKeys } from "./catalog.ts";
import type { CompiledStatement } from "./compiled_statement.ts";
import { Engine, type ResultReader } from "./engine.ts";
import type {
  EngineOperations,
  EngineOptions,
  EngineRequest,
  IngestPlan,
  OpenedDatabase,
  PreparedInfo,
  ResultBatch,
} from "./engine_protocol.ts";
import { FlightError } from "../../../core/flight_error.ts";
import { Ingest } from "./ingest.ts";
import type { NativeDatabase } from "./native.ts";
import {
  type BlockingChannel,
  type NO_REPLY,
  pushRows,
} from "./pushed_rows.ts";
import { quoteName } from "../../database/sql_text.ts";

/** Operations, of which one may leave nothing to answer. */
type HostOperations = Omit<EngineOperations, "openCursor">;

/** An engine with the statements and cursors that a connection has opened. */
export class EngineHost implements HostOperations {
  readonly #open: (path: string, options: object) => NativeDatabase;
  readonly #isStopped: (request: number) => boolean;
  readonly #statements = new Map<number, CompiledStatement>();
  readonly #cursors = new Map<number, ResultReader>();
  #engine: Engine | undefined;
  #ingest: Ingest | undefined;
  #ingestNumber = 0;
  #isPushing = false;
  readonly #channel: BlockingChannel | undefined;
  /** The request that is being carried out. */
  request = 0;

  /**
   * @param open Opens a database.
   * @param channel Lets a statement wait for its reader; absent where rows are not pushed.
   * @param isStopped Whether a request has been given up.
   */
  constructor(
    open: (path: string, options: object) => NativeDatabase,
    isStopped: (request: number) => boolean,
    channel: BlockingChannel | undefined,
  ) {
    this.#open = open;
    this.#channel = channel;
    this.#isStopped = isStopped;
  }

  readonly #stopped = (): boolean => this.#isStopped(this.request);

  /** Carries out a request; throws what the engine throws. */
  handle({ id, operation, args }: EngineRequest): unknown {
    this.request = id;
    if (this.#stopped() && !/^close|^end|transaction/.test(operation)) {
      throw new FlightError("CANCELLED", "The call was stopped");
    }
    // The connection calls this with the arguments of the operation, which the compiler has checked.
    return (this[operation as keyof this] as (
      ...args: readonly unknown[]
    ) => unknown)(
      ...args,
    );
  }

  get #db(): Engine {
    if (this.#engine !== undefined) return this.#engine;
    throw new FlightError("FAILED_PRECONDITION", "The connection is closed");
  }

  open(options: EngineOptions): OpenedDatabase {
    const engine = this.#engine = new Engine(options, this.#open);
    return { version: engine.version, file: engine.file.identity };
  }

  prepare(statement: number, sql: string): PreparedInfo {
    const compiled = this.#db.prepare(sql);
    this.#statements.set(statement, compiled);
    return compiled.info;
  }

  closeStatement(statement: number): void {
    this.#statements.delete(statement);
  }

  openCursor(
    cursor: number,
    statement: number,
    parameters: BindRows | undefined,
  ): ResultBatch | typeof NO_REPLY {
    const compiled = this.#statement(statement);
    const channel = this.#channel;
    // One at a time: a second one could not go on before the first has ended.
    if (channel !== undefined && compiled.canPush && !this.#isPushing) {
      this.#isPushing = true;
      try {
        return pushRows(
          this.#db,
          compiled,
          parameters,
          cursor,
          channel,
          this,
          this.#stopped,
        );
      } finally {
        this.#isPushing = false;
      }
    }
    const reader = this.#db.openCursor(
      compiled,
      parameters,
      this.#stopped,
    );
    this.#cursors.set(cursor, reader);
    return this.pull(cursor);
  }

  pull(cursor: number): ResultBatch {
    const reader = this.#cursors.get(cursor);
    if (reader === undefined) return { rows: 0, columns: [], done: true };
    try {
      const batch = reader.pull(this.#stopped);
      if (batch.done) this.closeCursor(cursor);
      return batch;
    } catch (error) {
      this.closeCursor(cursor);
      throw error;
    }
  }

  closeCursor(cursor: number): void {
    const reader = this.#cursors.get(cursor);
    this.#cursors.delete(cursor);
    reader?.close();
  }

  execute(statement: number, parameters: BindRows | undefined): bigint {
    return this.#db.execute(
      this.#statement(statement),
      parameters,
      this.#stopped,
    );
  }

  transaction(action: "begin" | "commit" | "rollback"): void {
    const { authorizer, database } = this.#db;
    if (action !== "rollback") {
      this.#db.file.check();
      this.#db.query(action);
    } else if (database.isTransaction) this.#db.query("ROLLBACK");
    authorizer.inTransaction = database.isTransaction;
  }

  savepoint(action: "set" | "release" | "rollback", name: string): void {
    const words = {
      set: "SAVEPOINT",
      release: "RELEASE",
      rollback: "ROLLBACK TO",
    };
    this.#db.query(`${words[action]} ${quoteName(name)}`);
  }

  beginIngest(number: number, plan: IngestPlan): void {
    if (this.#ingest !== undefined) {
      throw new FlightError(
        "FAILED_PRECONDITION",
        "Cannot ingest: another ingest of this connection is under way",
      );
    }
    this.#ingest = new Ingest(this.#db, plan);
    this.#ingestNumber = number;
  }

  ingest(rows: BindRows): bigint {
    return this.#ingest!.write(rows, this.#stopped);
  }

  endIngest(number: number, keep: boolean): void {
    // One that was refused has nothing to end.
    if (number !== this.#ingestNumber) return;
    const ingest = this.#ingest;
    this.#ingest = undefined;
    ingest?.end(keep);
  }

  tables(includeColumns: boolean): ReturnType<EngineOperations["tables"]> {
    return listTables(this.#db, includeColumns);
  }

  primaryKeys(
    catalog: string | undefined,
    table: string,
  ): ReturnType<EngineOperations["primaryKeys"]> {
    return primaryKeys(this.#db, catalog, table);
  }

  foreignKeys(
    catalog: string | undefined,
    table: string | undefined,
  ): ReturnType<EngineOperations["foreignKeys"]> {
    return foreignKeys(this.#db, catalog, table);
  }

  close(): void {
    for (const cursor of [...this.#cursors.keys()]) this.closeCursor(cursor);
    this.#statements.clear();
    this.#ingest = undefined;
    this.#engine?.close();
    this.#engine = undefined;
  }

  #statement(statement: number): CompiledStatement {
    const compiled = this.#statements.get(statement);
    if (compiled !== undefined) return compiled;
    throw new FlightError("FAILED_PRECONDITION", "The statement is closed");
  }
}
