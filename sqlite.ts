/**
 * SQLite behind Flight SQL, over the `node:sqlite` of the runtime: Deno, Bun from 1.4 on, Node.js from 22.13
 * on. docs/databases.md describes types, isolation and safety.
 *
 * @module
 */

export {
  sqlite,
  type SqliteOptions,
} from "./internal/sql/sqlite/sqlite_adapter.ts";
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
