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
export type * from "./internal/sql/database/adapter_types.ts";
export type { Awaitable } from "./internal/server/flight_service.ts";
