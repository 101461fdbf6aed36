/**
 * DuckDB behind Flight SQL, over the `@duckdb/node-api` of the application. docs/databases.md describes types,
 * isolation and safety.
 *
 * @module
 */

export {
  duckdb,
  type DuckdbOptions,
} from "./internal/sql/duckdb/duckdb_adapter.ts";
export type { DuckDBInstanceLike } from "./internal/sql/duckdb/native.ts";
export type {
  DatabaseAdapter,
  DatabaseCallOptions,
  DatabaseConnection,
  DatabaseStatement,
  ForeignKeyFilter,
  IngestData,
  IngestTarget,
  TablesOptions,
} from "./internal/sql/database/adapter.ts";
export type {
  SqlForeignKey,
  SqlForeignKeyRule,
  SqlPrimaryKey,
  SqlSchema,
  SqlTable,
  SqlTableRef,
  SqlTypeInfo,
} from "./internal/sql/metadata/rows.ts";
export type {
  SqlAnsi92Level,
  SqlElementAction,
  SqlGrammar,
  SqlGroupBy,
  SqlIdentifierCase,
  SqlInfo,
  SqlInfoValue,
  SqlIsolationLevel,
  SqlNullOrdering,
  SqlOuterJoins,
  SqlPositionedCommand,
  SqlResultSetConcurrency,
  SqlResultSetType,
  SqlSubquery,
  SqlTransactionSupport,
  SqlUnion,
} from "./internal/sql/metadata/sql_info.ts";
export type { Awaitable } from "./internal/server/flight_service.ts";
