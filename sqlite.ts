/**
 * SQLite behind Flight SQL, over the `node:sqlite` of the runtime: Deno, Bun from 1.4 on, Node.js from 24.10
 * on. docs/databases.md describes types, isolation and safety.
 *
 * @module
 */

export {
  sqlite,
  type SqliteOptions,
} from "./internal/sql/sqlite/sqlite_adapter.ts";
export type * from "./internal/sql/database/adapter_types.ts";
export type { Awaitable } from "./internal/server/flight_service.ts";
