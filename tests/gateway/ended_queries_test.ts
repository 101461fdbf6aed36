/** Queries that end in every way: their places are free again, and nothing waits for them any more. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "node:test";
import {
  connect,
  type FlightClient,
  FlightError,
  type FlightService,
  serve,
} from "@contrail/flight";
import {
  flightSqlGateway,
  type FlightSqlGatewayOptions,
} from "@contrail/flight/gateway";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { aborted, event, until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { gatewayOver, rowsUpTo } from "./backends.ts";
import { startCluster } from "./fake_engine.ts";

const TIMEOUT = { timeout: 60_000 };

/** A backend whose results have two endpoints, and whose reads and infos of `hang` do not end by themselves. */
function hanging() {
  const begun = { info: event(), read: event() };
  const service: FlightService = {
    async getFlightInfo(descriptor, { signal }) {
      const [name] = descriptor.type === "PATH" ? descriptor.path : [];
      if (name === "fail") throw new FlightError("DATA_LOSS", "no such query");
      if (name === "hang") {
        begun.info.resolve();
        throw await aborted(signal);
      }
      return { endpoints: [{ ticket: name! }, { ticket: "second" }] };
    },
    async *doGet({ ticket }, { signal }) {
      const name = new TextDecoder().decode(ticket);
      if (name === "fail read") throw new FlightError("DATA_LOSS", "no rows");
      yield rowsUpTo(10).batches[0]!;
      if (name !== "hang read") return;
      begun.read.resolve();
      throw await aborted(signal);
    },
  };
  return { service, begun };
}

/** Reads the first endpoint of a result. */
async function readFirst(client: FlightClient, name: string, options = {}) {
  const { endpoints } = await client.getFlightInfo(name);
  return await client.doGet(endpoints[0]!.ticket, options).table();
}

/** Ways in which a query that takes the only place of its user ends. */
const ENDINGS: Readonly<
  Record<
    string,
    (
      client: FlightClient,
      begun: ReturnType<typeof hanging>["begun"],
    ) => Promise<unknown>
  >
> = {
  "it is read": (client) => client.getTable("good"),
  "it fails": (client) =>
    assertFlightError(client.getFlightInfo("fail"), "DATA_LOSS"),
  "its read fails": (client) =>
    assertFlightError(readFirst(client, "fail read"), "DATA_LOSS"),
  "its client gives it up": async (client, { info }) => {
    const abort = new AbortController();
    info.promise.then(() => abort.abort());
    const { signal } = abort;
    await assertRejects(() => client.getFlightInfo("hang", { signal }));
  },
  "its client gives its read up": async (client, { read }) => {
    const abort = new AbortController();
    read.promise.then(() => abort.abort());
    const { signal } = abort;
    await assertRejects(() => readFirst(client, "hang read", { signal }));
  },
  "its client vanishes": async (client, { read }) => {
    const reading = readFirst(client, "hang read");
    reading.catch(() => {});
    await read.promise;
    await client.close();
  },
  "CancelFlightInfo cancels it": async (client, { read }) => {
    const info = await client.getFlightInfo("hang read");
    const reading = client.doGet(info.endpoints[0]!.ticket).table();
    reading.catch(() => {});
    await read.promise;
    assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLED" });
    await assertFlightError(reading, "CANCELLED", /the query was canceled/);
  },
};

for (const [ending, run] of Object.entries(ENDINGS)) {
  test(
    `a query frees its place, and no other, when ${ending}`,
    TIMEOUT,
    async () => {
      const { service, begun } = hanging();
      await using front = await gatewayOver([service], {
        limits: { maxQueriesPerUser: 1 },
      });
      await using server = await serve(front.gateway);
      await using client = connect(server.location);
      await run(client, begun);
      await using next = connect(server.location);
      // Where the client vanishes, the gateway has to hear of it.
      await until(() =>
        next.getFlightInfo("good").then(() => true, () => false)
      );
      const reader = next.getStream("hang read").getReader();
      reader.closed.catch(() => {});
      await reader.read();
      await assertFlightError(
        next.getFlightInfo("good"),
        "RESOURCE_EXHAUSTED",
        /1 queries at once \(option maxQueriesPerUser/,
      );
    },
  );
}

/** Options and an act that end a query whose result was not read. */
const UNREAD: Readonly<
  Record<
    string,
    readonly [
      FlightSqlGatewayOptions,
      (client: FlightClient) => Promise<unknown>,
    ]
  >
> = {
  "was canceled": [{}, async (client) => {
    const info = await client.getFlightInfo("good");
    const answers = await Promise.all(
      [1, 2, 3].map(() => client.cancelFlightInfo(info)),
    );
    // The backend knows no such action: the result is gone nonetheless.
    assertEquals(answers, answers.map(() => ({ status: "CANCELLED" })));
    await assertFlightError(client.read(info).table(), "CANCELLED");
  }],
  "took too long": [
    { limits: { queryTimeoutMs: 100 } },
    async (client) => {
      const { endpoints: [first] } = await client.getFlightInfo("good");
      await until(() =>
        client.doGet(first!.ticket).table().then(() => false, () => true)
      );
    },
  ],
};

for (const [what, [options, end]] of Object.entries(UNREAD)) {
  test(
    `a drain does not wait for the result of a query that ${what}`,
    TIMEOUT,
    async () => {
      await using front = await gatewayOver([hanging().service], options);
      await using client = connectInMemory(front.gateway);
      await end(client);
      assert(await front.gateway.drain(front.servers[0]!.location));
    },
  );
}

test("a drain waits for the backend to cancel a query", TIMEOUT, async () => {
  const asked = event();
  const release = event();
  await using front = await gatewayOver([{
    ...hanging().service,
    async cancelFlightInfo() {
      asked.resolve();
      await release.promise;
      return "CANCELLED" as const;
    },
  }]);
  await using client = connectInMemory(front.gateway);
  const canceled = client.cancelFlightInfo(await client.getFlightInfo("good"));
  await asked.promise;
  const { location } = front.servers[0]!;
  assertEquals(await front.gateway.drain(location, { timeoutMs: 1 }), false);
  release.resolve();
  assertEquals(await canceled, { status: "CANCELLED" });
  assert(await front.gateway.drain(location));
});

test(
  "CancelFlightInfo of a result that waits in an engine cancels it",
  TIMEOUT,
  async () => {
    await using cluster = await startCluster();
    await using gateway = flightSqlGateway(cluster.scheduler.location, {
      engine: cluster.engine,
    });
    await using client = connectInMemory(gateway);
    const info = await flightSql(client).query("SELECT 1").info();
    assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLED" });
    await assertFlightError(client.read(info).table(), "CANCELLED");
  },
);

/** A query in the backend that goes on for ever; polls with `slow` are not answered. */
function endless() {
  const asked = event();
  const service: FlightService = {
    async pollFlightInfo(descriptor, { signal }) {
      const [name] = descriptor.type === "PATH" ? descriptor.path : [];
      if (name === "slow") {
        asked.resolve();
        throw await aborted(signal);
      }
      return { info: { endpoints: [] }, descriptor: { path: ["slow"] } };
    },
    getFlightInfo: () => ({ endpoints: [] }),
  };
  return { service, asked };
}

test(
  "a poll that its client gives up does not free the place of the query",
  TIMEOUT,
  async () => {
    const { service, asked } = endless();
    await using front = await gatewayOver([service], {
      limits: { maxQueriesPerUser: 1 },
    });
    await using client = connectInMemory(front.gateway);
    const { descriptor } = await client.pollFlightInfo("query");
    const abort = new AbortController();
    const { signal } = abort;
    const poll = client.pollFlightInfo(descriptor!, { signal });
    poll.catch(() => {});
    await asked.promise;
    abort.abort();
    await assertRejects(() => poll);
    await until(() => front.gateway.replicas[0]!.calls === 0);
    await assertFlightError(client.getFlightInfo("x"), "RESOURCE_EXHAUSTED");
  },
);

test(
  "a polled query that is canceled frees its place at once",
  TIMEOUT,
  async () => {
    await using front = await gatewayOver([endless().service], {
      limits: { maxQueriesPerUser: 1 },
    });
    await using client = connectInMemory(front.gateway);
    const { info, descriptor } = await client.pollFlightInfo("query");
    const { status } = await client.cancelFlightInfo({ ...info!, descriptor });
    assertEquals(status, "CANCELLED");
    await client.getFlightInfo("x");
  },
);
