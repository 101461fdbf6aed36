/** Joins a Flight SQL client to a service, on every transport. */

import { flightSql, type FlightSqlClient } from "@contrail/flight/sql";
import type { SqlClientOptions } from "@contrail/flight/sql";
import { rpcTest } from "../../support/transports.ts";
import {
  type Habits,
  type Scripted,
  scriptedServer,
} from "./scripted_server.ts";

/** A client, and what its server was asked for. */
export interface JoinedSql extends Scripted, AsyncDisposable {
  readonly client: FlightSqlClient;
}

/** Joins a client to a scripted server. */
export type JoinSql = (
  habits?: Habits,
  options?: SqlClientOptions,
) => Promise<JoinedSql>;

/** Declares a test for each transport. */
export function sqlTest(
  name: string,
  body: (join: JoinSql) => Promise<void>,
): void {
  rpcTest(name, (join) =>
    body(async (habits, options) => {
      const server = scriptedServer(habits);
      const joined = await join(server.service);
      return {
        ...server,
        client: flightSql(joined.client, options),
        [Symbol.asyncDispose]: () => joined[Symbol.asyncDispose](),
      };
    }));
}
