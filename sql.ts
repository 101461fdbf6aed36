/**
 * The client of Arrow Flight SQL: {@linkcode flightSql} makes one of a FlightClient, by any transport. It
 * loads in a browser as well; `@contrail/flight/sql/client` has `connectSql`, which connects by HTTP/2.
 *
 * ```ts ignore
 * import { connect } from "@contrail/flight/client";
 * import { flightSql } from "@contrail/flight/sql";
 *
 * await using client = flightSql(connect("grpc://localhost:31337"));
 * for await (const { title } of client.sql`SELECT title FROM albums WHERE year > ${1990}`) {
 *   console.log(title);
 * }
 * ```
 *
 * @module
 */

import type { FlightClient } from "./internal/client/flight_client.ts";
import { FlightSqlClient } from "./internal/sql/client/flight_sql_client.ts";
import type { SqlClientOptions } from "./internal/sql/client/sql_options.ts";

export * from "./internal/exports/sql_client.ts";

/**
 * Makes a Flight SQL client of a Flight client.
 *
 * @param client The Flight client, which is closed with the other one.
 * @param options Options.
 * @returns The Flight SQL client.
 * @throws {TypeError} When an option is of the wrong type.
 */
export function flightSql(
  client: FlightClient,
  options: SqlClientOptions = {},
): FlightSqlClient {
  return new FlightSqlClient(client, options);
}
