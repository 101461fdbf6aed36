/** Handlers of Flight SQL over a database. */

import type { OptionNames } from "../../core/known_options.ts";
import type { RecordBatch } from "apache-arrow";
import {
  boundOption,
  durationOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
} from "../../core/check_option.ts";
import { valueName } from "../../base/value_name.ts";
import { FlightError } from "../../core/flight_error.ts";
import type {
  FlightSqlHandlers,
  SqlCallContext,
  SqlPreparedStatement,
} from "../server/handlers.ts";
import type { DatabaseAdapter, DatabaseStatement } from "./adapter.ts";
import { type AnnouncedColumns, checkColumns } from "./announced_columns.ts";
import {
  ConnectionPool,
  type PooledConnection,
  type StatementKey,
} from "./connection_pool.ts";
import {
  boundedRows,
  type StatementLimits,
  timedSignal,
} from "./database_limits.ts";
import { DatabaseTransaction } from "./database_transaction.ts";
import { checkSessionName, sessionNames } from "./session_names.ts";

/** Options of {@linkcode database}. */
export interface DatabaseOptions {
  /**
   * Most connections to the database, 1 or more. A transaction has one of its own from its first statement on,
   * a result has one while it is read. Default: 32.
   */
  readonly maxConnections?: number | undefined;
  /**
   * Longest wait for a connection, in milliseconds, more than 0; then the call fails with RESOURCE_EXHAUSTED.
   * Default: 30,000.
   */
  readonly connectionTimeoutMs?: number | undefined;
  /**
   * Most compiled statements that a connection keeps for later, 0 or more. Default: 64.
   */
  readonly maxCachedStatements?: number | undefined;
  /**
   * Longest time that a statement may take, its reading included, in milliseconds, more than 0; then it fails
   * with DEADLINE_EXCEEDED. Default: `Infinity`.
   */
  readonly queryTimeoutMs?: number | undefined;
  /**
   * Most rows of a result, 1 or more; one that has more fails with RESOURCE_EXHAUSTED. Default: `Infinity`.
   */
  readonly maxRows?: number | undefined;
}

/** The names of {@linkcode DatabaseOptions}. */
const DATABASE_OPTIONS: OptionNames<DatabaseOptions> = {
  maxConnections: true,
  connectionTimeoutMs: true,
  maxCachedStatements: true,
  queryTimeoutMs: true,
  maxRows: true,
};

/** The context of a call, with a transaction of a database. */
type Context = SqlCallContext<DatabaseTransaction>;

/** A text, and the names that were in force when a client gave it. */
type Wanted = Omit<StatementKey, "generation">;

/** Statements that may change the schema, and with it the compiled statements that are kept. */
const CHANGES_SCHEMA =
  /\b(?:create|alter|drop|rename|truncate|attach|detach|pragma|set|use)\b/i;

/** Refuses what is no adapter, such as the path of a file. */
function checkAdapter(adapter: DatabaseAdapter): void {
  const { connect, info } = (adapter ?? {}) as Partial<DatabaseAdapter>;
  if (typeof connect === "function" && info !== undefined) return;
  throw new TypeError(
    `Cannot use a database: ${valueName(adapter)} is not an adapter, ` +
      "which sqlite of @contrail/flight/sqlite and duckdb of @contrail/flight/duckdb make",
  );
}

/**
 * Makes handlers of a database: all that `flightSqlService` needs.
 *
 * ```ts ignore
 * import { serve } from "@contrail/flight/server";
 * import { database, flightSqlService } from "@contrail/flight/sql/server";
 * import { sqlite } from "@contrail/flight/sqlite";
 *
 * await serve(flightSqlService(database(sqlite("file.db"))), { port: 31337 });
 * ```
 *
 * Statements run on connections of a pool, those of a transaction on one of its own. A result is read from the
 * database as fast as the client reads it.
 *
 * @param adapter The database; it is closed with the service.
 * @param options Bounds.
 * @returns The handlers; `{ ...database(adapter), tables }` replaces some.
 * @throws {TypeError} When `adapter` is none, or an option is of the wrong type.
 * @throws {RangeError} When an option is out of its range.
 */
export function database(
  adapter: DatabaseAdapter,
  options: DatabaseOptions = {},
): FlightSqlHandlers {
  checkAdapter(adapter);
  objectOption("options", options, DATABASE_OPTIONS);
  const {
    maxConnections = 32,
    connectionTimeoutMs = 30_000,
    maxCachedStatements = 64,
    queryTimeoutMs = Infinity,
    maxRows = Infinity,
  } = options;
  const pool = new ConnectionPool(adapter, {
    maxConnections: integerOption("maxConnections", maxConnections, 1),
    connectionTimeoutMs: durationOption(
      "connectionTimeoutMs",
      connectionTimeoutMs,
      MAX_TIMER_MS,
    ),
    maxCachedStatements: integerOption(
      "maxCachedStatements",
      maxCachedStatements,
      0,
    ),
  });
  const limits: StatementLimits = {
    queryTimeoutMs: durationOption("queryTimeoutMs", queryTimeoutMs, Infinity),
    maxRows: boundOption("maxRows", maxRows),
  };
  /** Changes with the schema. */
  let generation = 0;

  function changeSchema({ transaction }: Context): void {
    generation++;
    if (transaction) transaction.hasChangedSchema = true;
  }

  /** Runs something on the connection of the transaction, or on any. */
  async function connected<R>(
    { signal, transaction }: Context,
    run: (pooled: PooledConnection) => R | Promise<R>,
  ): Promise<R> {
    const pooled = transaction
      ? await transaction.use()
      : await pool.take(signal);
    try {
      return await run(pooled);
    } finally {
      if (transaction) transaction.done();
      else pool.release(pooled);
    }
  }

  /** Runs something with a compiled statement. */
  function compiled<R>(
    wanted: Wanted,
    context: Context,
    run: (statement: DatabaseStatement) => R | Promise<R>,
  ): Promise<R> {
    return connected(context, async (pooled) => {
      const key = { ...wanted, generation };
      const statement = await pooled.prepare(key, context.signal);
      let isFine = false;
      try {
        const outcome = await run(statement);
        isFine = true;
        return outcome;
      } finally {
        if (!statement.isReadOnly && CHANGES_SCHEMA.test(wanted.text)) {
          changeSchema(context);
        }
        if (isFine) await pooled.keep(key, statement);
        else await statement.close();
      }
    });
  }

  /** Runs a statement, and gives its rows; nothing happens before they are read. */
  async function* rowsOf(
    wanted: Wanted,
    announced: AnnouncedColumns,
    parameters: RecordBatch | undefined,
    context: Context,
  ): AsyncGenerator<RecordBatch, void, undefined> {
    const { signal, transaction } = context;
    const timed = timedSignal(signal, limits);
    let pooled: PooledConnection | undefined;
    try {
      pooled = transaction
        ? await transaction.use()
        : await pool.take(timed.signal);
      const key = { ...wanted, generation };
      const statement = await pooled.prepare(key, timed.signal);
      let isFine = false;
      try {
        if (announced.generation !== generation) {
          checkColumns(statement.schema, announced.schema);
        }
        const batches = statement.query(parameters, { signal: timed.signal });
        yield* boundedRows(batches, limits);
        isFine = true;
      } finally {
        if (isFine) await pooled.keep(key, statement);
        else await statement.close();
      }
    } finally {
      timed.stop();
      if (pooled !== undefined) {
        if (transaction) transaction.done();
        else pool.release(pooled);
      }
    }
  }

  /** The rows of a point query, where they can be had without a connection. */
  function rowsAtOnce(
    statement: DatabaseStatement,
    parameters: RecordBatch | undefined,
    { transaction }: Context,
  ): RecordBatch[] | undefined {
    if (transaction || !statement.isPointQuery) return undefined;
    const batches = statement.queryAtOnce?.(parameters);
    if (batches === undefined) return undefined;
    const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0);
    // The other way fails with the right error.
    return rows > limits.maxRows ? undefined : [...batches];
  }

  const handlers: FlightSqlHandlers<DatabaseTransaction> = {
    async sqlInfo(context) {
      // Some engines tell their version once they are open.
      if (adapter.info.version === undefined) {
        await connected(context, () => {});
      }
      return {
        transaction: "SAVEPOINT",
        savepointsSupported: true,
        bulkIngestion: !adapter.info.readOnly,
        ...adapter.info,
      };
    },
    async prepare({ query: text }, context): Promise<SqlPreparedStatement> {
      const wanted = { text, names: sessionNames(context) };
      // An engine may compute much of a statement while it compiles it.
      const compiling = timedSignal(context.signal, limits);
      const since = generation;
      try {
        return await compiled(
          wanted,
          compiling.signal === context.signal
            ? context
            : { ...context, signal: compiling.signal } as Context,
          (statement) => ({
            schema: statement.schema,
            parameterSchema: statement.parameterSchema,
            isPointQuery: statement.isPointQuery,
            ...(statement.schema && {
              query: (
                parameters: RecordBatch | undefined,
                context: SqlCallContext,
              ) =>
                rowsAtOnce(statement, parameters, context as Context) ??
                  rowsOf(
                    wanted,
                    { schema: statement.schema, generation: since },
                    parameters,
                    context as Context,
                  ),
            }),
            async update(parameters, context) {
              const timed = timedSignal(context.signal, limits);
              try {
                const within = { ...context, signal: timed.signal } as Context;
                return await compiled(
                  wanted,
                  within,
                  (statement) => statement.execute(parameters, within),
                );
              } finally {
                timed.stop();
              }
            },
          }),
        );
      } finally {
        compiling.stop();
      }
    },
    beginTransaction: () =>
      new DatabaseTransaction(pool, () => void generation++),
    async ingest(target, { schema, batches }, context) {
      try {
        return await connected(context, async (pooled) => {
          await pooled.use(sessionNames(context));
          return await pooled.connection.ingest(
            target,
            { schema, batches },
            context,
          );
        });
      } finally {
        changeSchema(context);
      }
    },
    catalogs: (context) =>
      connected(context, ({ connection }) => connection.catalogs()),
    schemas: (_, context) =>
      connected(context, async ({ connection }) => {
        const schemas = await connection.schemas();
        if (schemas.length > 0) return schemas;
        // ADBC finds tables by the schemas of a catalog: one without a name, where there are none.
        const catalogs = await connection.catalogs();
        return catalogs.map((catalog) => ({ catalog, schema: "" }));
      }),
    tables: ({ includeSchema }, context) =>
      connected(
        context,
        ({ connection }) =>
          Array.fromAsync(connection.tables({ includeSchema })),
      ),
    tableTypes: (context) =>
      connected(context, ({ connection }) => connection.tableTypes()),
    primaryKeys: (table, context) =>
      connected(context, ({ connection }) => connection.primaryKeys(table)),
    foreignKeys: (filter, context) =>
      connected(context, ({ connection }) => connection.foreignKeys(filter)),
    typeInfo: (_, context) =>
      connected(context, ({ connection }) => {
        if (connection.typeInfo) return connection.typeInfo();
        throw new FlightError(
          "UNIMPLEMENTED",
          "the database does not implement GetXdbcTypeInfo",
        );
      }),
    setSessionOption(name, value, context) {
      return connected(
        context,
        ({ connection }) => checkSessionName(name, value, context, connection),
      );
    },
    async close() {
      await pool.close();
      await adapter.close();
    },
  };
  // The transactions that come back are those of these handlers.
  return handlers as unknown as FlightSqlHandlers;
}
