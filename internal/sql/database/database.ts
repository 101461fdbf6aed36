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
import type { DatabaseAdapter } from "./adapter.ts";
import { ConnectionPool } from "./connection_pool.ts";
import { DatabaseCalls, type DatabaseContext } from "./database_calls.ts";
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
  const calls = new DatabaseCalls(pool, {
    queryTimeoutMs: durationOption("queryTimeoutMs", queryTimeoutMs, Infinity),
    maxRows: boundOption("maxRows", maxRows),
  });
  const handlers: FlightSqlHandlers<DatabaseTransaction> = {
    async sqlInfo(context) {
      // Some engines tell their version once they are open.
      if (adapter.info.version === undefined) {
        await calls.connected(context, () => {});
      }
      return {
        transaction: "SAVEPOINT",
        savepointsSupported: true,
        bulkIngestion: !adapter.info.readOnly,
        ...adapter.info,
      };
    },
    prepare: ({ query }, context) => prepare(query, context, calls),
    beginTransaction: () =>
      new DatabaseTransaction(pool, () => calls.changeSchema()),
    async ingest(target, { schema, batches }, context) {
      try {
        return await calls.connected(context, async (pooled) => {
          await pooled.use(sessionNames(context));
          return await pooled.connection.ingest(
            target,
            { schema, batches },
            context,
          );
        });
      } finally {
        calls.changeSchema(context.transaction);
      }
    },
    catalogs: (context) =>
      calls.connected(context, ({ connection }) => connection.catalogs()),
    schemas: (_, context) =>
      calls.connected(context, async ({ connection }) => {
        const schemas = await connection.schemas();
        if (schemas.length > 0) return schemas;
        // ADBC finds tables by the schemas of a catalog: one without a name, where there are none.
        const catalogs = await connection.catalogs();
        return catalogs.map((catalog) => ({ catalog, schema: "" }));
      }),
    tables: ({ includeSchema }, context) =>
      calls.connected(
        context,
        ({ connection }) =>
          Array.fromAsync(connection.tables({ includeSchema })),
      ),
    tableTypes: (context) =>
      calls.connected(context, ({ connection }) => connection.tableTypes()),
    primaryKeys: (table, context) =>
      calls.connected(
        context,
        ({ connection }) => connection.primaryKeys(table),
      ),
    foreignKeys: (filter, context) =>
      calls.connected(
        context,
        ({ connection }) => connection.foreignKeys(filter),
      ),
    typeInfo: (_, context) =>
      calls.connected(context, ({ connection }) => {
        if (connection.typeInfo) return connection.typeInfo();
        throw new FlightError(
          "UNIMPLEMENTED",
          "the database does not implement GetXdbcTypeInfo",
        );
      }),
    setSessionOption(name, value, context) {
      return calls.connected(
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

/** Compiles a statement; each run of it takes any connection, and compiles it there if need be. */
async function prepare(
  text: string,
  context: DatabaseContext,
  calls: DatabaseCalls,
): Promise<SqlPreparedStatement> {
  const wanted = { text, names: sessionNames(context) };
  const { generation } = calls;
  return await calls.compiled(wanted, context, (statement) => {
    const { schema, parameterSchema, isPointQuery } = statement;
    return {
      schema,
      parameterSchema,
      isPointQuery,
      ...(schema && {
        query: (
          parameters: RecordBatch | undefined,
          context: SqlCallContext,
        ) =>
          calls.rowsAtOnce(statement, parameters, context as DatabaseContext) ??
            calls.rowsOf(
              wanted,
              { schema, generation },
              parameters,
              context as DatabaseContext,
            ),
      }),
      update: (parameters, context) =>
        calls.compiled(
          wanted,
          context as DatabaseContext,
          (statement, signal) => statement.execute(parameters, { signal }),
        ),
    };
  });
}
