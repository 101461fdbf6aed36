/** The interface between the Flight SQL server and a database engine in this process. */

import type { RecordBatch, Schema } from "apache-arrow";
import type { Awaitable } from "../../server/flight_service.ts";
import type {
  SqlForeignKey,
  SqlPrimaryKey,
  SqlSchema,
  SqlTable,
  SqlTableRef,
  SqlTypeInfo,
} from "../metadata/rows.ts";
import type { SqlInfo } from "../metadata/sql_info.ts";

/**
 * Database engine, as the Flight SQL server sees it. `sqlite()` and `duckdb()` make one; any engine
 * that compiles SQL can be another.
 *
 * Every method reports a failure as a `FlightError` with the code that tells its kind: INVALID_ARGUMENT
 * for bad SQL or parameters, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION for a violated constraint or a
 * read-only database, UNAVAILABLE for a locked one, RESOURCE_EXHAUSTED for a full one, DATA_LOSS for a
 * corrupt one, and CANCELLED or DEADLINE_EXCEEDED for a call that was stopped.
 */
export interface DatabaseAdapter {
  /**
   * Facts about the engine and its SQL. The server fills in the rest. A `version` that is not known yet must be once
   * `connect` has opened a connection.
   */
  readonly info: SqlInfo;
  /**
   * Opens a connection. The server keeps one for each open transaction, and a pool for everything else.
   *
   * @returns The connection.
   * @throws {FlightError} With NOT_FOUND when the database does not exist.
   */
  connect(): Awaitable<DatabaseConnection>;
  /**
   * Closes every connection and what stands behind them; a second call does nothing.
   *
   * @returns When everything is closed.
   */
  close(): Awaitable<void>;
}

/** One connection. Its statements run one after another; other connections run beside it. */
export interface DatabaseConnection {
  /** `true` until the connection is closed or lost. */
  readonly isOpen: boolean;
  /**
   * Resolves when the engine does no more work for a call that has ended; absent where calls do not end before their
   * work. Other calls do not get the connection until then.
   */
  idle?(): Promise<void>;
  /**
   * Catalog and schema that names in statements mean where they have none, as long as `use` has not changed them;
   * absent if unknown.
   */
  readonly defaults?: {
    readonly catalog?: string | undefined;
    readonly schema?: string | undefined;
  } | undefined;
  /**
   * Has names in later statements and ingests mean another catalog and schema where they have none, as a session
   * demands it. Absent for an engine that resolves names in one way only.
   *
   * @param names The catalog, its default schema if there is no other; or a schema of the default catalog. Without
   * both, `defaults` are in force again.
   * @returns When it is done.
   * @throws {FlightError} With NOT_FOUND when there is no such schema.
   */
  use?(names: {
    readonly catalog?: string | undefined;
    readonly schema?: string | undefined;
  }): Awaitable<void>;
  /**
   * Compiles exactly one statement.
   *
   * @param sql The text of the statement.
   * @param options A signal that stops the work.
   * @returns The statement, which belongs to this connection.
   * @throws {FlightError} With INVALID_ARGUMENT and the engine's message for bad SQL, no statement or more
   * than one; with PERMISSION_DENIED for a statement that the adapter forbids.
   */
  prepare(
    sql: string,
    options: DatabaseCallOptions,
  ): Awaitable<DatabaseStatement>;
  /**
   * Begins a transaction.
   *
   * @returns When it has begun.
   */
  begin(): Awaitable<void>;
  /**
   * Commits the transaction.
   *
   * @returns When its changes are kept.
   */
  commit(): Awaitable<void>;
  /**
   * Rolls the transaction back; does nothing when the engine has already done so.
   *
   * @returns When its changes are undone.
   */
  rollback(): Awaitable<void>;
  /**
   * Sets a savepoint.
   *
   * @param name Any text; the adapter quotes it.
   * @returns When it is set.
   */
  savepoint(name: string): Awaitable<void>;
  /**
   * Gives a savepoint up, and keeps the changes since.
   *
   * @param name Name of the savepoint; the latest of that name counts.
   * @returns When it is given up.
   */
  releaseSavepoint(name: string): Awaitable<void>;
  /**
   * Undoes the changes since a savepoint, which stays.
   *
   * @param name Name of the savepoint; the latest of that name counts.
   * @returns When the changes are undone.
   */
  rollbackToSavepoint(name: string): Awaitable<void>;
  /**
   * Writes batches into a table: all rows or none.
   *
   * @param target The table, and the reaction to one that exists or does not.
   * @param data Columns and rows.
   * @param options A signal that stops the work.
   * @returns Number of rows written.
   * @throws {FlightError} With ALREADY_EXISTS or NOT_FOUND where the target forbids to append or create.
   */
  ingest(
    target: IngestTarget,
    data: IngestData,
    options: DatabaseCallOptions,
  ): Awaitable<bigint>;
  /**
   * Lists the catalogs.
   *
   * @returns Their names.
   */
  catalogs(): Awaitable<readonly string[]>;
  /**
   * Lists the schemas of all catalogs.
   *
   * @returns The schemas; none for an engine without schemas.
   */
  schemas(): Awaitable<readonly SqlSchema[]>;
  /**
   * Lists all tables and views. The server filters and orders them.
   *
   * @param options The parts that are asked for.
   * @returns The tables.
   */
  tables(options: TablesOptions): AsyncIterable<SqlTable>;
  /**
   * Lists the types that `SqlTable.type` may have.
   *
   * @returns The types, such as `TABLE` and `VIEW`.
   */
  tableTypes(): Awaitable<readonly string[]>;
  /**
   * Gives the primary key of a table.
   *
   * @param table The table.
   * @returns Columns of the key; none without a key, or for an unknown table.
   */
  primaryKeys(table: SqlTableRef): Awaitable<readonly SqlPrimaryKey[]>;
  /**
   * Gives foreign keys.
   *
   * @param filter The tables that the keys refer to and belong to.
   * @returns Columns of the keys; those of all keys without a filter.
   */
  foreignKeys(filter: ForeignKeyFilter): Awaitable<readonly SqlForeignKey[]>;
  /**
   * Lists the data types of the engine, for GetXdbcTypeInfo.
   *
   * @returns The types.
   */
  typeInfo?(): Awaitable<readonly SqlTypeInfo[]>;
  /**
   * Rolls back, closes the statements, and gives the connection up; a second call does nothing.
   *
   * @returns When the connection is closed.
   */
  close(): Awaitable<void>;
}

/** A compiled statement. */
export interface DatabaseStatement {
  /** Columns of the rows, exactly as `query` sends them; `undefined` for a statement without rows. */
  readonly schema: Schema | undefined;
  /** One nullable field for each parameter, in order; no fields without parameters. */
  readonly parameterSchema: Schema;
  /** `true` if the statement changes nothing. */
  readonly isReadOnly: boolean;
  /**
   * `true` if the statement changes nothing and gives few rows at once, such as a look-up by keys: see
   * `isPointQuery` of a SqlPreparedStatement. `false` by default.
   */
  readonly isPointQuery?: boolean | undefined;
  /**
   * Runs a point query outside of any transaction, without waiting; also after the statement was closed, or while
   * it runs. Absent where that cannot be.
   *
   * @param parameters The parameters; `undefined` for none.
   * @returns All rows; `undefined` if only `query` can give them.
   */
  queryAtOnce?(
    parameters: RecordBatch | undefined,
  ): readonly RecordBatch[] | undefined;
  /**
   * Runs the statement once for each row of `parameters`, or once without.
   *
   * @param parameters Rows with one column for each parameter.
   * @param options A signal that stops the work.
   * @returns Batches of bounded size, which the engine produces as they are read. An abort, or leaving the
   * loop, ends its work.
   * @throws {FlightError} At the first read, when the statement gives no rows.
   */
  query(
    parameters: RecordBatch | undefined,
    options: DatabaseCallOptions,
  ): AsyncIterable<RecordBatch>;
  /**
   * Runs the statement once for each row of `parameters`, or once without. Rows that it gives are dropped.
   *
   * @param parameters Rows with one column for each parameter.
   * @param options A signal that stops the work.
   * @returns Number of rows changed by all runs, −1 if unknown.
   */
  execute(
    parameters: RecordBatch | undefined,
    options: DatabaseCallOptions,
  ): Awaitable<bigint>;
  /**
   * Gives the statement up; a second call does nothing.
   *
   * @returns When it is given up.
   */
  close(): Awaitable<void>;
}

/** Options of everything that may take long. */
export interface DatabaseCallOptions {
  /** Stops the work when it aborts. */
  readonly signal: AbortSignal;
}

/** Table that an ingest writes to. */
export interface IngestTarget extends SqlTableRef {
  /** `true` for a table that is dropped with the connection. */
  readonly temporary?: boolean | undefined;
  /** Reaction to a table that does not exist. */
  readonly ifNotExist: "CREATE" | "FAIL";
  /** Reaction to a table that exists. */
  readonly ifExists: "FAIL" | "APPEND" | "REPLACE";
  /** Options of the engine by name. */
  readonly options?: ReadonlyMap<string, string> | undefined;
}

/** Data of an ingest. */
export interface IngestData {
  /** Columns of the rows. They are matched to those of the table by name. */
  readonly schema: Schema;
  /** The rows. The next batch is asked for when the last one is written. */
  readonly batches: AsyncIterable<RecordBatch>;
}

/** Options of `tables`. */
export interface TablesOptions {
  /** `true` to give the columns of each table. */
  readonly includeSchema: boolean;
}

/** Tables of foreign keys that are asked for. */
export interface ForeignKeyFilter {
  /** Table that the keys refer to. */
  readonly pk?: SqlTableRef | undefined;
  /** Table that the keys belong to. */
  readonly fk?: SqlTableRef | undefined;
}
