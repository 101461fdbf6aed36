/** Backends of a gateway, each a server in this process. */

import {
  type FlightServer,
  type FlightService,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import {
  type FlightSqlGateway,
  flightSqlGateway,
  type FlightSqlGatewayOptions,
} from "@contrail/flight/gateway";
import {
  type FlightSqlService,
  flightSqlService,
} from "@contrail/flight/sql/server";
import { serverHeaderAuth } from "@contrail/flight/auth";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { tableFromArrays } from "apache-arrow";
import { FakeHandlers } from "../sql/fake_handlers.ts";

/** A backend, and what it was asked for. */
export interface Backend extends AsyncDisposable {
  readonly server: FlightServer;
  readonly uri: string;
  readonly handlers: FakeHandlers;
  readonly service: FlightSqlService;
}

/** Starts a backend that speaks Flight SQL. */
export async function startBackend(
  options: ServeOptions = {},
): Promise<Backend> {
  const handlers = new FakeHandlers();
  const service = flightSqlService(handlers, { implicitTransactions: false });
  const server = await serve(service, options);
  return {
    server,
    uri: server.location.uri,
    handlers,
    service,
    async [Symbol.asyncDispose]() {
      await server.shutdown({ timeoutMs: 0 });
    },
  };
}

/** A gateway over services of its own. */
export interface Front extends AsyncDisposable {
  readonly gateway: FlightSqlGateway;
  readonly servers: readonly FlightServer[];
}

/** Starts a gateway over one backend for each service. */
export async function gatewayOver(
  services: readonly FlightService[],
  options: FlightSqlGatewayOptions = {},
): Promise<Front> {
  const servers = await Promise.all(services.map((service) => serve(service)));
  const gateway = flightSqlGateway(
    servers.map(({ location }) => location),
    options,
  );
  return {
    gateway,
    servers,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await Promise.all(
        servers.map((server) => server.shutdown({ timeoutMs: 0 })),
      );
    },
  };
}

/** Knows a user by the header `authorization`. */
export const USERS: FlightInterceptor = serverHeaderAuth({
  tokens: { verify: (token) => token },
});

/** A table of one column of so many rows. */
export function rowsUpTo(count: number) {
  return tableFromArrays({
    n: Int32Array.from({ length: count }, (_, i) => i),
  });
}
