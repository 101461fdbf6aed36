/**
 * The client of Arrow Flight SQL over HTTP/2: {@linkcode connectSql} to a service, then query it.
 *
 * ```ts ignore
 * import { connectSql } from "@contrail/flight/sql/client";
 *
 * await using client = connectSql("grpc://localhost:31337");
 * for await (const { title } of client.sql`SELECT title FROM albums WHERE year > ${1990}`) {
 *   console.log(title);
 * }
 * ```
 *
 * @module
 */

import { connect } from "./client.ts";
import type { ConnectOptions } from "./internal/client/connect_options.ts";
import { booleanOption, objectOption } from "./internal/core/check_option.ts";
import { clientCookies } from "./internal/interceptors/client_cookies.ts";
import { interceptorsOption } from "./internal/interceptors/interceptor.ts";
import type { LocationInit } from "./internal/protocol/location.ts";
import type { FlightSqlClient } from "./internal/sql/client/flight_sql_client.ts";
import type { SqlClientOptions } from "./internal/sql/client/sql_options.ts";
import { flightSql } from "./sql.ts";

export * from "./sql.ts";
export type { ConnectOptions } from "./internal/client/connect_options.ts";

/** Options of {@linkcode connectSql}: those of `connect`, and those of a Flight SQL client. */
export interface ConnectSqlOptions extends ConnectOptions, SqlClientOptions {
  /**
   * True if cookies of the server are kept, as its sessions need them: by `clientCookies()`, before the
   * `interceptors`. `true` by default; say `false` where one of the interceptors keeps them.
   */
  readonly cookies?: boolean | undefined;
}

/**
 * Makes a client of the Flight SQL service at `location`.
 *
 * The connection is made with the first call, and made anew when it was lost.
 *
 * @param location `grpc://host:port`, `grpc+tcp://host:port`, `grpc+tls://host:port` or
 * `grpc+unix:///path`.
 * @param options Options of the client and of its connection.
 * @returns The client. It holds a connection: close it or dispose of it.
 * @throws {FlightError} FAILED_PRECONDITION when the runtime is too old.
 * @throws {TypeError} When `location` is not a gRPC location, or options contradict it or each other.
 * @throws {RangeError} When an option is out of its range.
 */
export function connectSql(
  location: LocationInit,
  options: ConnectSqlOptions = {},
): FlightSqlClient {
  const {
    cookies = true,
    placeholders,
    identifierQuote,
    temporal,
    ...connection
  } = objectOption("options", options);
  const own = interceptorsOption("interceptors", connection.interceptors);
  const interceptors = booleanOption("cookies", cookies)
    ? [clientCookies(), ...own]
    : own;
  const client = connect(location, { ...connection, interceptors });
  return flightSql(client, { placeholders, identifierQuote, temporal });
}
