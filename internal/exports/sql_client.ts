/** Exports of the entry points of the Flight SQL client. */

export type { SqlRowOf, SqlValue } from "../arrow/values/row_types.ts";
export type { SqlInterval } from "../arrow/values/time_values.ts";
export type {
  FlightSqlClient,
  SqlDefaults,
} from "../sql/client/flight_sql_client.ts";
export type {
  SqlInfoName,
  SqlMetadata,
  SqlSchemasOptions,
  SqlTableName,
  SqlTablesOptions,
  SqlTypeInfoOptions,
} from "../sql/client/sql_metadata.ts";
export type { SqlIngestMode, SqlIngestOptions } from "../sql/client/ingest.ts";
export type { PreparedStatement } from "../sql/client/prepared_statement.ts";
export type { SqlCommands, SqlStatement } from "../sql/client/sql_commands.ts";
export type {
  SqlCallOptions,
  SqlClientOptions,
  SqlQueryOptions,
  SqlRowOptions,
} from "../sql/client/sql_options.ts";
export type {
  SqlParameters,
  SqlRowInit,
  SqlRows,
} from "../sql/client/sql_parameters.ts";
export type { SqlQuery } from "../sql/client/sql_query.ts";
export type { SqlRow } from "../sql/client/sql_rows.ts";
export {
  type CompiledSql,
  identifier,
  list,
  sql,
  type SqlDialect,
  type SqlIdentifier,
  type SqlIdentifierQuote,
  type SqlList,
  type SqlPlaceholders,
  type SqlText,
} from "../sql/client/sql_text.ts";
export type {
  SqlSavepoint,
  SqlTransaction,
} from "../sql/client/sql_transaction.ts";
export type { SubstraitPlan } from "../sql/messages/statement_commands.ts";
export type {
  SqlForeignKey,
  SqlForeignKeyRule,
  SqlPrimaryKey,
  SqlSchema,
  SqlTable,
  SqlTableRef,
  SqlTypeInfo,
} from "../sql/metadata/rows.ts";
export type * from "../sql/metadata/sql_info.ts";
