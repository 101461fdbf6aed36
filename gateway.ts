/**
 * A gateway in front of Flight SQL servers: {@linkcode flightSqlGateway} makes a service that forwards calls to one
 * backend, to several replicas of one, or to a distributed engine such as Apache DataFusion {@linkcode ballista}.
 *
 * ```ts
 * import { serve, tableService } from "@contrail/flight/server";
 * import { flightSqlGateway } from "@contrail/flight/gateway";
 *
 * await using backend = await serve(tableService({}));
 * await using gateway = await serve(flightSqlGateway(backend.location));
 * ```
 *
 * @module
 */

import { connect } from "./client.ts";
import type { ConnectOptions } from "./internal/client/connect_options.ts";
import { inheritedOptions } from "./internal/client/inherited_options.ts";
import { objectOption } from "./internal/core/check_option.ts";
import {
  type FlightSqlGateway,
  gatewayOver,
} from "./internal/gateway/flight_sql_gateway.ts";
import { DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES } from "./internal/core/limits.ts";
import type { GatewayOptions } from "./internal/gateway/options.ts";
import { resolveHost } from "./internal/gateway/resolve_host.ts";
import type { Location, LocationInit } from "./internal/protocol/location.ts";
import type { FlightClient } from "./internal/client/flight_client.ts";

export { ballista } from "./internal/gateway/engine/ballista.ts";
export type { BallistaOptions } from "./internal/gateway/engine/ballista.ts";
export type * from "./internal/gateway/engine/engine.ts";
export type {
  GatewayAuditEntry,
  GatewayLimits,
  GatewayOptions,
} from "./internal/gateway/options.ts";
export type { FlightSqlGateway } from "./internal/gateway/flight_sql_gateway.ts";
export type { GatewayReplica } from "./internal/gateway/replicas.ts";

/** Longest time to connect, in milliseconds: another replica, or the replica of a result, can do the work. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Options of {@linkcode flightSqlGateway}. */
export interface FlightSqlGatewayOptions extends GatewayOptions {
  /**
   * Options of the connections to the backends: TLS, the credentials of the gateway as headers, interceptors, limits.
   * Default: those of `connect`, with a `connectTimeoutMs` of 5,000.
   */
  readonly connection?: ConnectOptions | undefined;
  /**
   * Connects to a server that is no backend, but holds a result, such as an executor. If that fails, the replica is asked
   * for the result. Default: `connect`, with the limits and the trusted certificates of `connection`, but without its
   * headers and its own certificate, and with a `connectTimeoutMs` of at most 5,000.
   */
  readonly connectOther?: ((location: Location) => FlightClient) | undefined;
}

/**
 * Makes a service that forwards the calls of its clients to Flight SQL servers.
 *
 * Data goes through unread, unless `decompress` is set. Tickets, statements and transactions reach clients signed, bound
 * to their user and to the replica that made them; a value from elsewhere is refused before any backend sees it. A call
 * that only reads goes to another replica if the first cannot be reached before it has answered.
 *
 * @param backends The locations of the backend: all are replicas of one. With `resolve`, a name stands for each of its
 * addresses.
 * @param options Engine, limits, audit log, connections.
 * @returns The service, for `serve` or `connectInMemory`.
 * @throws {TypeError} When there is no backend, a location is malformed, or an option is of the wrong type.
 * @throws {RangeError} When an option is out of its range.
 */
export function flightSqlGateway(
  backends: LocationInit | readonly LocationInit[],
  options: FlightSqlGatewayOptions = {},
): FlightSqlGateway {
  const { connection: given = {}, connectOther, ...rest } = objectOption(
    "options",
    options,
  );
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = objectOption(
    "connection",
    given,
  );
  const connection: ConnectOptions = { ...given, connectTimeoutMs };
  const resolve = rest.resolve === true ? resolveHost : rest.resolve;
  return gatewayOver(
    [backends].flat(),
    { ...rest, resolve },
    {
      replica: (location, hostname) =>
        connect(
          location,
          hostname === undefined || !connection.tls ? connection : {
            ...connection,
            tls: { hostnameOverride: hostname, ...connection.tls },
          },
        ),
      other: (uri) =>
        connectOther ? connectOther({ uri }) : connect(
          uri,
          inheritedOptions({ uri }, connection, CONNECT_TIMEOUT_MS),
        ),
      maxDecompressedMessageBytes: connection.maxDecompressedMessageBytes ??
        DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES,
    },
  );
}
