/** The audit log about calls that end early. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "node:test";
import {
  connect,
  type FlightClient,
  FlightError,
  serve,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
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

/** Calls with several answers. */
const LISTS: Record<
  string,
  (client: FlightClient) => ReadableStream<unknown>
> = {
  "ListFlights": (client) => client.listFlights(),
  "ListActions": (client) => client.listActions(),
  "DoAction": (client) => client.doAction("x"),
};

for (const [method, call] of Object.entries(LISTS)) {
  test(
    `${method}: the audit log has the end of the call, and not its beginning`,
    TIMEOUT,
    async () => {
      const entries: GatewayAuditEntry[] = [];
      const fail = (): never => {
        throw new FlightError("DATA_LOSS", "the rest is lost");
      };
      await using front = await gatewayOver([{
        *listFlights() {
          yield { endpoints: [] };
          fail();
        },
        *listActions() {
          yield { type: "x", description: "" };
          fail();
        },
        *doAction() {
          yield { body: new Uint8Array(1) };
          fail();
        },
      }], { audit: (entry) => void entries.push(entry) });
      await using client = connectInMemory(front.gateway);
      await assertRejects(() => Array.fromAsync(call(client)));
      const { location } = front.servers[0]!;
      assertEquals(
        entries.map(({ method, code, replica }) => [method, code, replica]),
        [[method, "DATA_LOSS", location.uri]],
      );
    },
  );
}

test(
  "Handshake and CancelFlightInfo are in the audit log",
  TIMEOUT,
  async () => {
    const entries: GatewayAuditEntry[] = [];
    await using front = await gatewayOver([{
      getFlightInfo: () => ({ endpoints: [{ ticket: "t" }] }),
    }], { audit: (entry) => void entries.push(entry) });
    await using client = connectInMemory(front.gateway);
    const { readable, writable } = client.handshake();
    await writable.close();
    assertEquals(await Array.fromAsync(readable), []);
    await client.cancelFlightInfo(await client.getFlightInfo("x"));
    assertEquals(entries.map(({ method, command }) => [method, command]), [
      ["Handshake", undefined],
      ["GetFlightInfo", undefined],
      ["DoAction", "CancelFlightInfo"],
    ]);
    // The log tells which query was canceled.
    assertEquals(entries[2]!.queryId, entries[1]!.queryId);
    assert(entries[2]!.queryId !== undefined);
  },
);
