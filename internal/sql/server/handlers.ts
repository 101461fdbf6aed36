/** The operations that a Flight SQL service may implement. */

import type { RecordBatch, Schema } from "apache-arrow";
import type { Iterables } from "../../base/source.ts";
import type { FlightCallContext } from "../../interceptors/call_context.ts";
import type {
  SessionOptionValue,
  SetSessionOptionError,
} from "../../protocol/session_options.ts";
import type { Awaitable } from "../../server/flight_service.ts";
import type { FlightDataInit } from "../../stream/record_batch_source.ts";
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
 * The call that a handler answers.
 *
 * @typeParam T The transactions of the handlers.
 */
export interface SqlCallContext<T extends SqlTransaction = SqlTransaction>
  extends FlightCallContext {
  /**
   * Aborted, with a FlightError as its reason, when the operation is to end: the client has canceled it by
   * CancelFlightInfo or CancelQuery, has stopped reading, or has vanished; its result was not fetched in
   * time, its transaction was rolled back, or the server is shut down. It spans the calls of an operation:
   * a query that begins in GetFlightInfo goes on until DoGet has read it.
   */
  readonly signal: AbortSignal;
  /**
   * The transaction of the call: the one that it names, or else the one open transaction of its client (see
   * `FlightSqlOptions.implicitTransactions`), for metadata and ingest only.
   */
  readonly transaction: T | undefined;
  /**
   * Says how far the operation is, for clients that poll.
   *
   * @param progress The part that is done, 0 to 1.
   */
  setProgress(progress: number): void;
}

/** A statement in SQL. */
export interface SqlStatement {
  /** The text, as the client has sent it. */
  readonly query: string;
}

/** A plan of Substrait. */
export interface SqlSubstraitPlan {
  /** The serialized `substrait.Plan`. */
  readonly plan: Uint8Array;
  /** The release of Substrait, such as `0.12.0`. */
  readonly version: string;
}

/** A number of rows; −1 or nothing where it is not known. */
export type SqlRowCount = bigint | number | void;

/** A prepared statement, as a handler gives it. The methods are called on the object. */
export interface SqlPreparedStatement {
  /**
   * Columns of the rows, exactly as `query` sends them, nullability included; absent for a statement without
   * rows.
   */
  readonly schema?: Schema | undefined;
  /**
   * One nullable field of a concrete type for each parameter, in order. Absent or empty for none; a client can
   * bind no more values than there are fields here.
   */
  readonly parameterSchema?: Schema | undefined;
  /**
   * True if clients must run it as an update, which returns a number of rows instead of rows.
   * Default: true if `schema` is absent.
   */
  readonly isUpdate?: boolean | undefined;
  /**
   * True for a query that changes nothing and gives few rows at once, such as a look-up by keys. A client of this
   * package then gets up to 64 KiB of them in the answer to its parameters; a larger result, or one that fails, is
   * made again for DoGet. Default: false.
   */
  readonly isPointQuery?: boolean | undefined;
  /**
   * Gives the schema after parameters were bound, where it depends on them. Default: `schema`.
   *
   * @param parameters The parameters; one row for each run.
   * @param context The call.
   * @returns The columns.
   */
  schemaFor?(
    parameters: RecordBatch,
    context: SqlCallContext,
  ): Awaitable<Schema | undefined>;
  /**
   * Runs the statement once for each row of parameters, all as one execution, and gives the rows.
   *
   * @param parameters The parameters, in the types that the client has chosen; `undefined` for none.
   * @param context The call.
   * @returns The rows.
   */
  query?(
    parameters: RecordBatch | undefined,
    context: SqlCallContext,
  ): Awaitable<FlightDataInit>;
  /**
   * Runs the statement once for each row of parameters, all as one execution.
   *
   * @param parameters The parameters, in the types that the client has chosen; `undefined` for none.
   * @param context The call.
   * @returns The number of rows changed by all runs.
   */
  update?(
    parameters: RecordBatch | undefined,
    context: SqlCallContext,
  ): Awaitable<SqlRowCount>;
  /**
   * Frees what the statement holds. It is called once: when the client closes it, when it was idle for too
   * long, when its transaction or its session ends, or the server is shut down; but never while the statement
   * runs.
   *
   * @returns Nothing, or a promise where it takes time.
   */
  close?(): Awaitable<void>;
}

/** A savepoint of a transaction, as a handler gives it. */
export interface SqlSavepoint {
  /** Id on the wire, unique in its transaction. Default: a random one. */
  readonly id?: Uint8Array | undefined;
  /**
   * Gives the savepoint up, and keeps the changes since.
   *
   * @returns Nothing, or a promise where it takes time.
   */
  release(): Awaitable<void>;
  /**
   * Undoes the changes since the savepoint, which stays.
   *
   * @returns Nothing, or a promise where it takes time.
   */
  rollback(): Awaitable<void>;
}

/** A transaction, as a handler gives it. The methods are called on the object, one after the other. */
export interface SqlTransaction {
  /** Id on the wire, unique in the service. Default: a random one, which cannot be guessed. */
  readonly id?: Uint8Array | undefined;
  /**
   * Commits. The transaction is over when it returns; when it throws, it stays open, to be rolled back.
   *
   * @returns Nothing, or a promise where it takes time.
   */
  commit(): Awaitable<void>;
  /**
   * Rolls back: as the client demands it, when the transaction was idle for too long, when its session ends, or
   * the server is shut down. The transaction is over, even if it throws.
   *
   * @returns Nothing, or a promise where it takes time.
   */
  rollback(): Awaitable<void>;
  /**
   * Sets a savepoint. Without this method, BeginSavepoint answers UNIMPLEMENTED.
   *
   * @param name The name that the client has chosen: any text.
   * @returns The savepoint.
   */
  savepoint?(name: string): Awaitable<SqlSavepoint>;
}

/** Target of an ingest. */
export interface SqlIngestTarget extends SqlTableRef {
  /** True if the table is dropped with the session. */
  readonly temporary: boolean;
  /** Reaction to a table that does not exist. */
  readonly ifNotExist: "CREATE" | "FAIL";
  /** Reaction to a table that exists. */
  readonly ifExists: "FAIL" | "APPEND" | "REPLACE";
  /** Options of the database by name. */
  readonly options: ReadonlyMap<string, string>;
}

/** Data of an ingest. */
export interface SqlIngestData {
  /** Columns of the rows. */
  readonly schema: Schema;
  /** The rows; the next batch is taken from the client when it is asked for. */
  readonly batches: AsyncIterable<RecordBatch>;
}

/** Filter of GetDbSchemas. The service filters the rows too: a handler may do so earlier. */
export interface SqlSchemasFilter {
  /** Catalog: absent for all, empty for schemas without a catalog. */
  readonly catalog?: string | undefined;
  /** LIKE pattern of the name, with `%`, `_` and backslash; absent for all. */
  readonly schemaPattern?: string | undefined;
}

/** Filter of GetTables. The service filters the rows too: a handler may do so earlier. */
export interface SqlTablesFilter extends SqlSchemasFilter {
  /** LIKE pattern of the name, with `%`, `_` and backslash; absent for all. */
  readonly tablePattern?: string | undefined;
  /** Types of tables; empty for all. */
  readonly tableTypes: readonly string[];
  /** True if `tableSchema` is requested. */
  readonly includeSchema: boolean;
}

/** Filter of foreign keys: GetExportedKeys has `pk`, GetImportedKeys `fk`, GetCrossReference both. */
export interface SqlForeignKeysFilter {
  /** Table that the keys refer to. */
  readonly pk?: SqlTableRef | undefined;
  /** Table that the keys belong to. */
  readonly fk?: SqlTableRef | undefined;
}

/** Filter of GetXdbcTypeInfo. */
export interface SqlTypesFilter {
  /** Number of the type in XdbcDataType; absent for all. */
  readonly dataType?: number | undefined;
}

/** Runs Substrait plans, as `FlightSqlHandlers` does for SQL. */
export interface SqlSubstraitHandlers<
  T extends SqlTransaction = SqlTransaction,
> {
  /**
   * As `FlightSqlHandlers.query`.
   *
   * @param plan The plan.
   * @param context The call.
   * @returns The rows.
   */
  query?(
    plan: SqlSubstraitPlan,
    context: SqlCallContext<T>,
  ): Awaitable<FlightDataInit>;
  /**
   * As `FlightSqlHandlers.querySchema`.
   *
   * @param plan The plan.
   * @param context The call.
   * @returns The columns; `undefined` for a plan without rows.
   */
  querySchema?(
    plan: SqlSubstraitPlan,
    context: SqlCallContext<T>,
  ): Awaitable<Schema | undefined>;
  /**
   * As `FlightSqlHandlers.update`.
   *
   * @param plan The plan.
   * @param context The call.
   * @returns The number of rows changed.
   */
  update?(
    plan: SqlSubstraitPlan,
    context: SqlCallContext<T>,
  ): Awaitable<SqlRowCount>;
  /**
   * As `FlightSqlHandlers.prepare`.
   *
   * @param plan The plan.
   * @param context The call.
   * @returns The prepared statement.
   */
  prepare?(
    plan: SqlSubstraitPlan,
    context: SqlCallContext<T>,
  ): Awaitable<SqlPreparedStatement>;
}

/**
 * The operations of a Flight SQL service: an object with those that it supports. An operation that is missing
 * answers UNIMPLEMENTED with its name. Methods are called on the object.
 *
 * A handler fails by throwing a FlightError: INVALID_ARGUMENT for wrong SQL, NOT_FOUND for what does not exist,
 * ALREADY_EXISTS for what does. Anything else reaches the client as UNKNOWN with a fixed text.
 *
 * `prepare` alone serves every statement, and is the best to have: the schema is known before anything runs.
 * With `query` alone, statements run in GetFlightInfo up to their first batch.
 *
 * @typeParam T The transactions that `beginTransaction` gives: handlers find them in their context.
 */
export interface FlightSqlHandlers<
  T extends SqlTransaction = SqlTransaction,
> {
  /**
   * Runs a query.
   *
   * @param statement The statement.
   * @param context The call.
   * @returns The rows.
   */
  query?(
    statement: SqlStatement,
    context: SqlCallContext<T>,
  ): Awaitable<FlightDataInit>;
  /**
   * Gives the schema of a statement without running it. Default: that of `prepare`, or else that of the rows
   * that `query` gives.
   *
   * @param statement The statement.
   * @param context The call.
   * @returns The columns, exactly as `query` sends them; `undefined` for a statement without rows, which is run
   * by `update`.
   */
  querySchema?(
    statement: SqlStatement,
    context: SqlCallContext<T>,
  ): Awaitable<Schema | undefined>;
  /**
   * Runs a statement without rows. Default: `update` of what `prepare` gives.
   *
   * @param statement The statement.
   * @param context The call.
   * @returns The number of rows changed.
   */
  update?(
    statement: SqlStatement,
    context: SqlCallContext<T>,
  ): Awaitable<SqlRowCount>;
  /**
   * Prepares a statement of any kind. Default: one without parameters, of `query`, `querySchema` and `update`.
   *
   * @param statement The statement.
   * @param context The call; `transaction` is the one that all its runs belong to.
   * @returns The prepared statement.
   */
  prepare?(
    statement: SqlStatement,
    context: SqlCallContext<T>,
  ): Awaitable<SqlPreparedStatement>;
  /** Handlers for Substrait plans; without it they answer UNIMPLEMENTED. */
  readonly substrait?: SqlSubstraitHandlers<T> | undefined;
  /**
   * Begins a transaction.
   *
   * @param context The call.
   * @returns The transaction.
   */
  beginTransaction?(context: SqlCallContext<T>): Awaitable<T>;
  /**
   * Finds a transaction that this service has not begun, such as one of another replica. Default: there are
   * none, and NOT_FOUND.
   *
   * @param id The id that the client has sent: anything.
   * @param context The call.
   * @returns The transaction, if there is one.
   */
  findTransaction?(
    id: Uint8Array,
    context: SqlCallContext<T>,
  ): Awaitable<T | undefined>;
  /**
   * Writes rows into a table: all of them or none.
   *
   * @param target The table.
   * @param data The rows.
   * @param context The call.
   * @returns The number of rows written.
   */
  ingest?(
    target: SqlIngestTarget,
    data: SqlIngestData,
    context: SqlCallContext<T>,
  ): Awaitable<SqlRowCount>;
  /**
   * Lists the catalogs.
   *
   * @param context The call.
   * @returns Their names, in any order.
   */
  catalogs?(context: SqlCallContext<T>): Awaitable<Iterables<string>>;
  /**
   * Lists the schemas.
   *
   * @param filter Those that the client wants.
   * @param context The call.
   * @returns The schemas, in any order; too many do no harm.
   */
  schemas?(
    filter: SqlSchemasFilter,
    context: SqlCallContext<T>,
  ): Awaitable<Iterables<SqlSchema>>;
  /**
   * Lists the tables.
   *
   * @param filter Those that the client wants.
   * @param context The call.
   * @returns The tables, in any order; too many do no harm.
   */
  tables?(
    filter: SqlTablesFilter,
    context: SqlCallContext<T>,
  ): Awaitable<Iterables<SqlTable>>;
  /**
   * Lists the types of tables.
   *
   * @param context The call.
   * @returns Types such as `TABLE` and `VIEW`, in any order.
   */
  tableTypes?(context: SqlCallContext<T>): Awaitable<Iterables<string>>;
  /**
   * Gives the primary key of a table.
   *
   * @param table The table.
   * @param context The call.
   * @returns The columns, in any order; too many do no harm.
   */
  primaryKeys?(
    table: SqlTableRef,
    context: SqlCallContext<T>,
  ): Awaitable<Iterables<SqlPrimaryKey>>;
  /**
   * Gives foreign keys, for GetExportedKeys, GetImportedKeys and GetCrossReference.
   *
   * @param filter The tables.
   * @param context The call.
   * @returns The columns, in any order; too many do no harm.
   */
  foreignKeys?(
    filter: SqlForeignKeysFilter,
    context: SqlCallContext<T>,
  ): Awaitable<Iterables<SqlForeignKey>>;
  /**
   * Describes the data types of the database.
   *
   * @param filter Those that the client wants.
   * @param context The call.
   * @returns The types, in any order; too many do no harm.
   */
  typeInfo?(
    filter: SqlTypesFilter,
    context: SqlCallContext<T>,
  ): Awaitable<Iterables<SqlTypeInfo>>;
  /**
   * Facts about the database, or a function that gives them. The rest is the default, or what follows from the
   * handlers: transactions, savepoints, ingest, Substrait, timeouts.
   */
  readonly sqlInfo?:
    | SqlInfo
    | ((context: SqlCallContext<T>) => Awaitable<SqlInfo>)
    | undefined;
  /**
   * Checks an option of the session before it is set, and may put it to use. Default: `catalog` and `schema` can
   * be set to any text, and all others too.
   *
   * @param name The name of the option.
   * @param value Its value; `undefined` unsets it.
   * @param context The call.
   * @returns Why it cannot be set; nothing where it can.
   */
  setSessionOption?(
    name: string,
    value: SessionOptionValue,
    context: SqlCallContext<T>,
  ): Awaitable<SetSessionOptionError | void>;
  /**
   * Frees what the handlers hold, after every statement and transaction is closed: when the server is shut down,
   * or the service is disposed of.
   *
   * @returns Nothing, or a promise where it takes time.
   */
  close?(): Awaitable<void>;
}
