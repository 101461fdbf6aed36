/** Servers that endpoints are read from, for the tests of `read`. */

import { test } from "node:test";
import {
  type ConnectOptions,
  type FlightCallContext,
  type FlightInfo,
  type FlightServer,
  type FlightService,
  serve,
} from "@contrail/flight";
import { numbers } from "./numbers.ts";
import { endpointOf, infoOf, ticketsTo } from "./endpoints.ts";
import { TRANSPORTS } from "./transport_named.ts";

/** Of every test. */
export const OPTIONS = { timeout: 120_000 };

/** A test for each transport that has locations. */
export function locationTest(
  name: string,
  run: (options: ConnectOptions) => Promise<void>,
): void {
  for (const [transportName, transport] of TRANSPORTS) {
    test(`${name} (${transportName})`, OPTIONS, () => run({ transport }));
  }
}

/** A server that gives one number, and what it has seen. */
export async function serverOf(
  n: number,
  options: ConnectOptions,
  service: FlightService = { doGet: () => numbers(n) },
): Promise<FlightServer & { readonly seen: FlightCallContext[] }> {
  const seen: FlightCallContext[] = [];
  const server = await serve({
    ...service,
    doGet(ticket, context) {
      seen.push(context);
      return service.doGet?.(ticket, context);
    },
  }, { transport: options.transport, shutdownTimeoutMs: 0 });
  return Object.assign(server, { seen });
}

/** So many endpoints, all at the same locations. */
export function infoOfMany(count: number, ...locations: string[]): FlightInfo {
  return infoOf([], {
    endpoints: ticketsTo(count).map((n) => endpointOf(n, locations)),
  });
}
