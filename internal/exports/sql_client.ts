/** What the entry points of the Flight SQL client export. */

export type { SqlRowOf, SqlValue } from "../arrow/values/row_types.ts";
export type { SqlInterval } from "../arrow/values/time_values.ts";
export {
  FlightSqlClient,
  type SqlDefaults,
} from "../sql/client/flight_sql_client.ts";
export {
  type SqlInfoName,
  SqlMetadata,
  type SqlSchemasOptions,
  type SqlTableName,
  type SqlTablesOptions,
  type SqlTypeInfoOptions,
} from "../sql/client/sql_metadata.ts";
export type { SqlIngestMode, SqlIngestOptions } from "../sql/client/ingest.ts";
export { PreparedStatement } from "../sql/client/prepared_statement.ts";
export { SqlCommands, type SqlStatement } from "../sql/client/sql_commands.ts";
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
export { SqlQuery } from "../sql/client/sql_query.ts";
export type { SqlRow } from "../sql/client/sql_rows.ts";
export {
  type CompiledSql,
  identifier,
  list,
  sql,
  type SqlDialect,
  SqlIdentifier,
  type SqlIdentifierQuote,
  SqlList,
  type SqlPlaceholders,
  SqlText,
} from "../sql/client/sql_text.ts";
export { SqlSavepoint, SqlTransaction } from "../sql/client/sql_transaction.ts";
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
