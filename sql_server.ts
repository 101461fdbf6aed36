/**
 * The server of Arrow Flight SQL: {@linkcode flightSqlService} makes a service of the operations that a database
 * supports. ADBC, JDBC, ODBC and other drivers can use it.
 *
 * ```ts
 * import { serve } from "@contrail/flight/server";
 * import { flightSqlService } from "@contrail/flight/sql/server";
 * import { tableFromArrays } from "apache-arrow";
 *
 * const cities = tableFromArrays({ name: ["Oslo", "Lima"] });
 * await using server = await serve(flightSqlService({ query: () => cities }));
 * ```
 *
 * @module
 */

export type * from "./internal/sql/database/adapter_types.ts";
export {
  database,
  type DatabaseOptions,
} from "./internal/sql/database/database.ts";
export {
  type FlightSqlService,
  flightSqlService,
} from "./internal/sql/server/flight_sql_service.ts";
export type * from "./internal/sql/server/handlers.ts";
export type { SharedStore } from "./internal/core/shared_store.ts";
export type { FlightSqlOptions } from "./internal/sql/server/options.ts";
