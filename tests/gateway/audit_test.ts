/** The audit log about calls that end early. */

import { assertEquals, assertRejects } from "@std/assert";
import { test } from "node:test";
import { connect, type FlightClient, serve } from "@contrail/flight";
import type { GatewayAuditEntry } from "@contrail/flight/gateway";
import { until } from "../support/events.ts";
import { gatewayOver, rowsUpTo } from "./backends.ts";

const TIMEOUT = { timeout: 60_000 };
const never = () => new Promise<never>(() => {});

/** Calls that end early, each after an event in the backend. */
const CALLS: Record<
  string,
  (client: FlightClient, signal: AbortSignal) => Promise<unknown>
> = {
  "GetFlightInfo": (client, signal) => client.getFlightInfo("x", { signal }),
  "PollFlightInfo": (client, signal) => client.pollFlightInfo("x", { signal }),
  "GetSchema": (client, signal) => client.getSchema("x", { signal }),
  "ListFlights": (client, signal) =>
    Array.fromAsync(client.listFlights(undefined, { signal })),
  "DoAction": (client, signal) =>
    Array.fromAsync(client.doAction("x", { signal })),
  "DoGet": async (client, signal) => {
    const { endpoints: [endpoint] } = await client.getFlightInfo("get");
    return await client.doGet(endpoint!.ticket, { signal }).table();
  },
  "DoPut": (client, signal) => client.putTable("x", rowsUpTo(1), { signal }),
  "DoExchange": (client, signal) =>
    client.doExchange("x", rowsUpTo(1), { signal }).table(),
};

for (const [method, call] of Object.entries(CALLS)) {
  test(
    `${method}: a call that is canceled is in the audit log, once`,
    TIMEOUT,
    async () => {
      const entries: GatewayAuditEntry[] = [];
      const asked = Promise.withResolvers<void>();
      const hang = () => {
        asked.resolve();
        return never();
      };
      await using front = await gatewayOver([{
        getFlightInfo: (descriptor) =>
          descriptor.type === "PATH" && descriptor.path[0] === "get"
            ? { endpoints: [{ ticket: "t" }] }
            : hang(),
        pollFlightInfo: hang,
        getSchema: hang,
        listFlights: hang,
        doAction: hang,
        async *doGet() {
          yield rowsUpTo(10).batches[0]!;
          await hang();
        },
        doPut: hang,
        doExchange: hang,
      }], { audit: (entry) => void entries.push(entry) });
      await using server = await serve(front.gateway);
      await using client = connect(server.location);
      const abort = new AbortController();
      const ended = assertRejects(() => call(client, abort.signal));
      await asked.promise;
      abort.abort();
      await ended;
      const own = () => entries.filter((entry) => entry.method === method);
      await until(() => own().length > 0);
      await until(() => front.gateway.replicas[0]!.calls === 0);
      assertEquals(own().map(({ code }) => code), ["CANCELLED"]);
    },
  );
}
