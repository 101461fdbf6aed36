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
 * A database engine as the Flight SQL server sees it. `sqlite()` and `duckdb()` make one; any engine that
 * compiles SQL can be another.
 *
 * Every method reports a failure as a `FlightError` with the code that tells its kind: INVALID_ARGUMENT
 * for bad SQL or parameters, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION for a violated constraint or a
 * read-only database, UNAVAILABLE for a locked one, RESOURCE_EXHAUSTED for a full one, DATA_LOSS for a
 * corrupt one, and CANCELLED or DEADLINE_EXCEEDED for a call that was stopped.
 */
export interface DatabaseAdapter {
  /** Facts about the engine and its SQL. The server fills in the rest. */
  readonly info: SqlInfo;
  /**
   * Opens a connection. The server keeps one for each open transaction, and a pool for everything else.
   *
   * @throws {FlightError} With NOT_FOUND when the database does not exist.
   */
  connect(): Awaitable<DatabaseConnection>;
  /** Closes every connection and what stands behind them; a second call does nothing. */
  close(): Awaitable<void>;
}

/** One connection. Its statements run one after another; other connections run beside it. */
export interface DatabaseConnection {
  /** Whether the connection can be used: it is `false` once it is closed, or was lost. */
  readonly isOpen: boolean;
  /**
   * Compiles exactly one statement.
   *
   * @throws {FlightError} With INVALID_ARGUMENT and the engine's message for bad SQL, no statement or more
   * than one; with PERMISSION_DENIED for a statement that the adapter forbids.
   */
  prepare(
    sql: string,
    options: DatabaseCallOptions,
  ): Awaitable<DatabaseStatement>;
  /** Begins a transaction. */
  begin(): Awaitable<void>;
  /** Commits the transaction. */
  commit(): Awaitable<void>;
  /** Rolls the transaction back; does nothing when the engine has already done so. */
  rollback(): Awaitable<void>;
  /** Sets a savepoint; the adapter quotes the name. */
  savepoint(name: string): Awaitable<void>;
  /** Gives a savepoint up, and keeps the changes since. */
  releaseSavepoint(name: string): Awaitable<void>;
  /** Undoes the changes since a savepoint, which stays. */
  rollbackToSavepoint(name: string): Awaitable<void>;
  /**
   * Writes batches into a table: all rows or none.
   *
   * @returns Number of rows written.
   * @throws {FlightError} With ALREADY_EXISTS or NOT_FOUND where the target forbids to append or create.
   */
  ingest(
    target: IngestTarget,
    data: IngestData,
    options: DatabaseCallOptions,
  ): Awaitable<bigint>;
  /** Names of the catalogs. */
  catalogs(): Awaitable<readonly string[]>;
  /** The schemas of all catalogs; empty for an engine without schemas. */
  schemas(): Awaitable<readonly SqlSchema[]>;
  /** All tables and views; the server filters and orders them. */
  tables(options: TablesOptions): AsyncIterable<SqlTable>;
  /** Types that `SqlTable.type` may have, such as `TABLE` and `VIEW`. */
  tableTypes(): Awaitable<readonly string[]>;
  /** Columns of the primary key of a table, empty without one or for an unknown table. */
  primaryKeys(table: SqlTableRef): Awaitable<readonly SqlPrimaryKey[]>;
  /** Foreign keys that refer to `pk`, belong to `fk`, or both; all without a filter. */
  foreignKeys(filter: ForeignKeyFilter): Awaitable<readonly SqlForeignKey[]>;
  /** Data types of the engine, for GetXdbcTypeInfo. */
  typeInfo?(): Awaitable<readonly SqlTypeInfo[]>;
  /** Rolls back, closes the statements, and gives the connection up; a second call does nothing. */
  close(): Awaitable<void>;
}

/** A compiled statement. */
export interface DatabaseStatement {
  /** Columns of the rows, exactly as `query` sends them; `undefined` for a statement without rows. */
  readonly schema: Schema | undefined;
  /** One nullable field for each parameter, in order; no fields without parameters. */
  readonly parameterSchema: Schema;
  /** Whether the statement changes nothing. */
  readonly isReadOnly: boolean;
  /**
   * Runs the statement once for each row of `parameters`, or once without.
   *
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
   * @returns Number of rows changed by all runs, −1 if unknown.
   */
  execute(
    parameters: RecordBatch | undefined,
    options: DatabaseCallOptions,
  ): Awaitable<bigint>;
  /** Gives the statement up; a second call does nothing. */
  close(): Awaitable<void>;
}

/** Options of everything that may take long. */
export interface DatabaseCallOptions {
  /** Stops the work when it aborts. */
  readonly signal: AbortSignal;
}

/** Where an ingest writes to. */
export interface IngestTarget extends SqlTableRef {
  /** Whether the table is dropped with the connection. */
  readonly temporary?: boolean | undefined;
  /** Reaction to a table that does not exist. */
  readonly ifNotExist: "CREATE" | "FAIL";
  /** Reaction to a table that exists. */
  readonly ifExists: "FAIL" | "APPEND" | "REPLACE";
  /** Options of the engine by name. */
  readonly options?: ReadonlyMap<string, string> | undefined;
}

/** What an ingest writes. */
export interface IngestData {
  /** Columns of the rows. They are matched to those of the table by name. */
  readonly schema: Schema;
  /** The rows. The next batch is asked for when the last one is written. */
  readonly batches: AsyncIterable<RecordBatch>;
}

/** Options of `tables`. */
export interface TablesOptions {
  /** Whether to give the columns of each table. */
  readonly includeSchema: boolean;
}

/** Tables of foreign keys that are asked for. */
export interface ForeignKeyFilter {
  /** Table that the keys refer to. */
  readonly pk?: SqlTableRef | undefined;
  /** Table that the keys belong to. */
  readonly fk?: SqlTableRef | undefined;
}
