/** A gateway in front of an engine with executors. */

import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { test } from "node:test";
import { connect, type FlightInfo, serve } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import {
  flightSqlGateway,
  type FlightSqlGatewayOptions,
} from "@contrail/flight/gateway";
import { until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { socketServer } from "../support/sockets.ts";
import { rowsUpTo } from "./backends.ts";
import {
  type Cluster,
  commandOf,
  executorTicket,
  startCluster,
} from "./fake_engine.ts";

/** A gateway of a cluster. */
function gatewayOf(
  { scheduler, engine }: Cluster,
  options: FlightSqlGatewayOptions = {},
) {
  return flightSqlGateway(scheduler.location, { engine, ...options });
}

test("results: proxy shows no executor, and reads at executors", {
  timeout: 60_000,
}, async () => {
  await using cluster = await startCluster();
  await using gateway = gatewayOf(cluster);
  await using client = connectInMemory(gateway);
  const info = await flightSql(client).query("SELECT 1").info();
  assertEquals(info.endpoints.length, 2);
  for (const { locations } of info.endpoints) assertEquals(locations, []);
  assertEquals((await client.read(info).table()).numRows, 20);
  assertEquals(cluster.atScheduler, []);
  assertEquals(cluster.atExecutors.toSorted(), ["part 0", "part 1"]);
});

test("results: direct names the executor first, and the gateway second", {
  timeout: 60_000,
}, async () => {
  await using cluster = await startCluster();
  await using gateway = gatewayOf(cluster, { results: "direct" });
  await using server = await serve(gateway);
  await using client = connect(server.location);
  const info = await flightSql(client).query("SELECT 1").info();
  assertEquals(
    info.endpoints.map(({ locations }) => locations.map(({ uri }) => uri)),
    cluster.executors.map(({ location }) => [
      location.uri,
      "arrow-flight-reuse-connection://?",
    ]),
  );
  assertEquals((await client.read(info).table()).numRows, 20);
  // The gateway takes the same tickets, for clients that cannot reach executors.
  for (const { ticket } of info.endpoints) {
    assertEquals((await client.doGet(ticket).table()).numRows, 10);
  }
  // A ticket of the engine alone is no ticket of the gateway.
  await assertFlightError(
    client.doGet(executorTicket.encode({ part: "part 0" })).table(),
    "NOT_FOUND",
  );
});

test("a schema that does not fit the data is replaced by that of the data", {
  timeout: 60_000,
}, async () => {
  await using cluster = await startCluster();
  const { engine } = cluster;
  await using gateway = gatewayOf(cluster, {
    engine: { ...engine, announcesOtherSchema: true },
  });
  await using client = connectInMemory(gateway);
  const info = await flightSql(client).query("SELECT 1").info();
  assertEquals(info.schema!.fields.map(({ name }) => name), ["n"]);
  assertEquals((await client.read(info).table()).numRows, 20);
});

test("a lost executor is a clear error that says to run the query again", {
  timeout: 60_000,
}, async () => {
  await using cluster = await startCluster();
  await using gateway = gatewayOf(cluster);
  await using client = connectInMemory(gateway);
  const info = await flightSql(client).query("SELECT 1").info();
  await cluster.executors[1]!.shutdown({ timeoutMs: 0 });
  assertEquals(
    (await client.doGet(info.endpoints[0]!.ticket).table()).numRows,
    10,
  );
  await assertFlightError(
    client.doGet(info.endpoints[1]!.ticket).table(),
    "UNAVAILABLE",
    /the result is lost.*run the query again/,
  );
  // The scheduler was asked, because it may reach executors that the gateway does not.
  assertEquals(cluster.atScheduler.length, 1);
});

test("an executor that drops packets is left out after the first attempt", {
  timeout: 60_000,
}, async () => {
  await using silent = await socketServer(() => {});
  await using scheduler = await serve({
    getFlightInfo: () => ({
      endpoints: Array.from({ length: 4 }, () => ({ ticket: "part" })),
    }),
    doGet: () => rowsUpTo(10),
  });
  await using gateway = flightSqlGateway(scheduler.location, {
    engine: {
      name: "fake",
      locate: (ticket) => ({ location: { uri: silent.location }, ticket }),
    },
    // The scheduler has more time, because this machine may be busy.
    connectOther: ({ uri }) => connect(uri, { connectTimeoutMs: 500 }),
  });
  await using client = connectInMemory(gateway);
  for (let i = 0; i < 2; i++) {
    const info = await flightSql(client).query("SELECT 1").info();
    assertEquals((await client.read(info).table()).numRows, 40);
    assertEquals(silent.accepted, 1);
  }
});

test("retryLostResults runs a query again before anything was delivered", {
  timeout: 60_000,
}, async () => {
  await using first = await startCluster();
  await using second = await startCluster({ rows: 7 });
  let runs = 0;
  const { engine } = first;
  // The scheduler puts the second run on other executors.
  await using scheduler = await serve({
    async getFlightInfo(descriptor) {
      const { scheduler } = runs++ === 0 ? first : second;
      await using client = connect(scheduler.location);
      return await client.getFlightInfo(descriptor);
    },
    doGet() {
      throw new Error("cannot connect");
    },
  }, { onError: () => {} });
  await using gateway = flightSqlGateway(scheduler.location, {
    engine: { ...engine, isLost: () => true },
    retryLostResults: true,
  });
  await using client = connectInMemory(gateway);
  const info = await flightSql(client).query("SELECT 1").info();
  await first.executors[0]!.shutdown({ timeoutMs: 0 });
  await first.executors[1]!.shutdown({ timeoutMs: 0 });
  assertEquals((await client.read(info).table()).numRows, 14);
  assertEquals(runs, 2);
  const texts = [first, second].map(({ jobs }) => jobs[0]!.sql);
  assertEquals(texts[0], texts[1]);
  // What was delivered in part, and what writes, is not run again.
  runs = 0;
  await using third = await startCluster();
  await using careful = flightSqlGateway(third.scheduler.location, {
    engine: third.engine,
    retryLostResults: true,
  });
  await using reader = connectInMemory(careful);
  const partial = await flightSql(reader).query("SELECT 1").info();
  await reader.doGet(partial.endpoints[0]!.ticket).table();
  const writing = await flightSql(reader).query("INSERT 1").info();
  await third.executors[1]!.shutdown({ timeoutMs: 0 });
  for (const { endpoints } of [partial, writing]) {
    await assertFlightError(
      reader.doGet(endpoints[1]!.ticket).table(),
      "UNAVAILABLE",
    );
  }
  assertEquals(third.jobs.length, 2);
});

/** Options of a call by which a client gives a query up some time after its job has begun. */
const ENDINGS: Readonly<Record<string, (begun: Promise<void>) => object>> = {
  "aborts its signal"(begun) {
    const ending = new AbortController();
    begun.then(() => ending.abort(new Error("enough")));
    return { signal: ending.signal };
  },
  "sets a timeout": () => ({ timeoutMs: 100 }),
};

for (const [ending, optionsOf] of Object.entries(ENDINGS)) {
  test(`a job is canceled in the engine if the client ${ending}`, {
    timeout: 60_000,
  }, async () => {
    await using cluster = await startCluster({ completes: false });
    await using gateway = gatewayOf(cluster);
    await using server = await serve(gateway);
    await using client = connect(server.location);
    const begun = Promise.withResolvers<void>();
    cluster.onJob = () => begun.resolve();
    // On a slow machine, a call may time out before its job begins.
    while (cluster.jobs.length === 0) {
      const options = optionsOf(begun.promise);
      await assertRejects(() =>
        flightSql(client).query("SELECT 1", undefined, options).info()
      );
    }
    await until(() => cluster.jobs[0]!.state === "canceled");
    await until(() => gateway.replicas[0]!.calls === 0);
  });
}

test(
  "a job is canceled in the engine if the client vanishes, or the gateway ends",
  {
    timeout: 60_000,
  },
  async () => {
    await using cluster = await startCluster({ completes: false });
    await using gateway = gatewayOf(cluster);
    await using server = await serve(gateway);
    for (const kind of ["client", "gateway"]) {
      const client = connect(server.location);
      const begun = Promise.withResolvers<void>();
      cluster.onJob = () => begun.resolve();
      const info = flightSql(client).query("SELECT 1").info();
      info.catch(() => {});
      await begun.promise;
      if (kind === "gateway") await gateway[Symbol.asyncDispose]();
      await client.close();
      await until(() => cluster.jobs.at(-1)!.state === "canceled");
    }
  },
);

test("each run of a prepared statement is a job with a mark of its own", {
  timeout: 60_000,
}, async () => {
  await using cluster = await startCluster();
  await using gateway = gatewayOf(cluster);
  await using client = connectInMemory(gateway);
  await using statement = await flightSql(client).prepare("SELECT 1");
  assertEquals((await statement.query()).length, 20);
  assertEquals((await statement.query()).length, 20);
  const [a, b] = cluster.jobs.map(({ sql }) => sql);
  assert(/^\/\* [0-9a-f-]{36} \*\/ SELECT 1$/.test(a!), a);
  assertNotEquals(a, b);
});

test("PollFlightInfo tells the progress of a job, and gives its result", {
  timeout: 60_000,
}, async () => {
  await using cluster = await startCluster({ completes: false });
  await using gateway = gatewayOf(cluster, { pollTimeoutMs: 5 });
  await using client = connectInMemory(gateway);
  cluster.onJob = (job) => void (job.progress = 0.25);
  const descriptor = { cmd: await commandOf("SELECT 1") };
  const first = await client.pollFlightInfo(descriptor);
  assert(first.expirationTime! > new Date());
  let second = await client.pollFlightInfo(first.descriptor!);
  // The job has not begun yet where the machine is busy.
  while (second.progress === undefined) {
    second = await client.pollFlightInfo(second.descriptor!);
  }
  assertEquals(second.progress, 0.25);
  cluster.jobs[0]!.complete();
  let last = await client.pollFlightInfo(second.descriptor!);
  while (last.descriptor) last = await client.pollFlightInfo(last.descriptor);
  assertEquals((await client.read(last.info!).table()).numRows, 20);
  assertEquals(cluster.jobs.length, 1);
  await assertFlightError(
    client.pollFlightInfo(second.descriptor!),
    "NOT_FOUND",
    /not known here any more/,
  );
});

test(
  "a polled query is canceled by CancelFlightInfo, and when nothing polls it",
  {
    timeout: 60_000,
  },
  async () => {
    await using cluster = await startCluster({ completes: false });
    await using gateway = gatewayOf(cluster, {
      pollTimeoutMs: 1,
      pollExpiryMs: 300,
    });
    await using client = connectInMemory(gateway);
    const descriptor = { cmd: await commandOf("SELECT 1") };
    let poll = await client.pollFlightInfo(descriptor);
    while (cluster.jobs.length === 0) {
      poll = await client.pollFlightInfo(poll.descriptor!);
    }
    const { status } = await client.cancelFlightInfo(poll.info!);
    assertEquals(status, "CANCELLED");
    await until(() => cluster.jobs[0]!.state === "canceled");
    await client.pollFlightInfo(descriptor);
    await until(() => cluster.jobs[1]?.state === "canceled");
  },
);

test("CancelFlightInfo ends a result that is being read", {
  timeout: 60_000,
}, async () => {
  await using cluster = await startCluster({ rows: 4_000_000 });
  await using gateway = gatewayOf(cluster);
  await using server = await serve(gateway);
  await using client = connect(server.location);
  const info: FlightInfo = await flightSql(client).query("SELECT 1").info();
  const reader = client.doGet(info.endpoints[0]!.ticket).getReader();
  await reader.read();
  const { status } = await client.cancelFlightInfo(info);
  assertEquals(status, "CANCELLED");
  await assertFlightError(
    (async () => {
      while (!(await reader.read()).done);
    })(),
    "CANCELLED",
    /the query was canceled/,
  );
});
