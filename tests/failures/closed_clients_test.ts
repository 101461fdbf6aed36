/** Calls of a client that is closed: each fails with an error that names its RPC. */

import type { FlightClient, FlightInfo, FlightService } from "@contrail/flight";
import { flightSql } from "@contrail/flight/sql";
import { assertEquals } from "@std/assert";
import { tableFromArrays } from "apache-arrow";
import { event } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { interceptorTest } from "../support/transports.ts";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
const ticket = { ticket: Uint8Array.of(1) };
const endpoint = { ticket, locations: [] };
const info = { endpoints: [endpoint] } as unknown as FlightInfo;

/** All kinds of calls, by name, with the RPC that their errors name. */
const CALLS: Readonly<
  Record<string, readonly [string, (client: FlightClient) => Promise<unknown>]>
> = {
  handshake: ["Handshake", (c) => Array.fromAsync(c.handshake().readable)],
  listFlights: ["ListFlights", (c) => Array.fromAsync(c.listFlights())],
  getFlightInfo: ["GetFlightInfo", (c) => c.getFlightInfo("d")],
  pollFlightInfo: ["PollFlightInfo", (c) => c.pollFlightInfo("d")],
  poll: ["PollFlightInfo", (c) => Array.fromAsync(c.poll("d"))],
  getSchema: ["GetSchema", (c) => c.getSchema("d")],
  read: ["DoGet", (c) => c.read(info).table()],
  "the schema of read": ["DoGet", async (c) => await c.read(info).schema],
  getStream: ["DoGet", (c) => c.getStream("d").table()],
  getTable: ["DoGet", (c) => c.getTable("d")],
  doGet: ["DoGet", (c) => c.doGet(ticket).table()],
  "the headers of doGet": ["DoGet", async (c) => await c.doGet(ticket).headers],
  doPut: ["DoPut", (c) => c.doPut("d", table)],
  "an open doPut": ["DoPut", (c) => Array.fromAsync(c.doPut("d").results)],
  doExchange: ["DoExchange", (c) => c.doExchange("d", table).table()],
  doAction: ["DoAction", (c) => Array.fromAsync(c.doAction("a"))],
  cancelFlightInfo: ["DoAction", (c) => c.cancelFlightInfo(info)],
  renewFlightEndpoint: ["DoAction", (c) => c.renewFlightEndpoint(endpoint)],
  getSessionOptions: ["DoAction", (c) => c.getSessionOptions()],
  listActions: ["ListActions", (c) => Array.fromAsync(c.listActions())],
  "a query": ["DoGet", (c) => flightSql(c).query("SELECT 1").table()],
  "a statement": ["DoPut", (c) => flightSql(c).execute("SELECT 1")],
};

/** A service that answers nothing, and how many calls it has. */
function silent(): {
  readonly service: FlightService;
  readonly called: (count: number) => Promise<void>;
} {
  let calls = 0;
  let wake = () => {};
  const hang = (): Promise<never> => {
    calls++;
    wake();
    return new Promise(() => {});
  };
  const names = [
    ...["handshake", "listFlights", "getFlightInfo", "pollFlightInfo"],
    ...["getSchema", "doGet", "doPut", "doExchange", "doAction", "listActions"],
  ];
  return {
    service: Object.fromEntries(names.map((name) => [name, hang])),
    async called(count) {
      while (calls < count) {
        const { promise, resolve } = event();
        wake = resolve;
        await promise;
      }
    },
  };
}

interceptorTest(
  "closed clients: a call after close() fails by its name",
  async (connectTo) => {
    await using peer = await connectTo(silent().service);
    await peer.client.close();
    for (const [name, [method, call]] of Object.entries(CALLS)) {
      const error = await assertFlightError(call(peer.client), "CANCELLED");
      assertEquals([name, error.method, error.details], [
        name,
        method,
        "the client was closed",
      ]);
    }
  },
);

interceptorTest(
  "closed clients: a call that close() ends fails by its name",
  async (connectTo) => {
    for (const [name, [method, call]] of Object.entries(CALLS)) {
      const { service, called } = silent();
      await using peer = await connectTo(service);
      const failed = assertFlightError(call(peer.client), "CANCELLED");
      await called(1);
      await Promise.all([peer.client.close(), peer.client.close()]);
      const error = await failed;
      // What begins with another RPC is ended in that one.
      const expected = /getStream|getTable|query/.test(name)
        ? ["DoGet", "GetFlightInfo"]
        : [method];
      assertEquals(expected.includes(error.method!), true, `${name}: ${error}`);
      assertEquals([name, error.details], [name, "the client was closed"]);
    }
  },
);

interceptorTest(
  "closed clients: the deadline of several calls names their RPC, too",
  async (connectTo) => {
    await using peer = await connectTo(silent().service);
    const options = { timeoutMs: 20 };
    for (
      const [method, call] of [
        ["DoGet", () => peer.client.read(info, options).table()],
        [
          "PollFlightInfo",
          () => Array.fromAsync(peer.client.poll("d", options)),
        ],
      ] as const
    ) {
      const error = await assertFlightError(call(), "DEADLINE_EXCEEDED");
      assertEquals(error.method, method);
    }
  },
);
