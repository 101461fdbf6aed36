/** Several replicas behind a gateway. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  connect,
  FlightError,
  type FlightService,
  HealthService,
  serve,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { ballista, flightSqlGateway } from "@contrail/flight/gateway";
import type { Replica } from "../../internal/gateway/replicas.ts";
import { until } from "../support/events.ts";
import { deadPort } from "../support/sockets.ts";
import { assertFlightError } from "../support/rejections.ts";
import { gatewayOver, rowsUpTo, startBackend, USERS } from "./backends.ts";

/** A service that counts its calls, and gives so many rows. */
function counting(rows: number): FlightService & { infos: number } {
  const service = {
    infos: 0,
    getFlightInfo: () => {
      service.infos++;
      return { endpoints: [{ ticket: "t" }] };
    },
    doGet: () => rowsUpTo(rows),
    *doAction() {
      yield { body: String(rows) };
    },
  };
  return service;
}

test("a gateway spreads queries over replicas, and reads where a query ran", {
  timeout: 60_000,
}, async () => {
  const services = [counting(1), counting(2)];
  await using front = await gatewayOver(services);
  await using client = connectInMemory(front.gateway);
  const counts = new Map<number, number>();
  for (let i = 0; i < 40; i++) {
    const { numRows } = await client.getTable("x");
    counts.set(numRows, (counts.get(numRows) ?? 0) + 1);
  }
  assertEquals(counts.get(1), services[0]!.infos);
  assertEquals(counts.get(2), services[1]!.infos);
  assert(services.every(({ infos }) => infos > 0));
});

test("a gateway chooses by hash of the user", { timeout: 60_000 }, async () => {
  const services = [counting(1), counting(2), counting(3)];
  await using front = await gatewayOver(services, { balance: "hash" });
  await using server = await serve(front.gateway, { interceptors: [USERS] });
  const chosen = new Set<string>();
  for (let user = 0; user < 20; user++) {
    await using client = connect(server.location, {
      headers: { authorization: `Bearer user${user}` },
    });
    const rows = new Set<number>();
    for (let i = 0; i < 3; i++) rows.add((await client.getTable("x")).numRows);
    assertEquals(rows.size, 1);
    chosen.add([...rows].join());
  }
  assertEquals(chosen.size, 3);
});

test("a query goes to another replica if the first cannot be reached", {
  timeout: 60_000,
}, async () => {
  await using backend = await startBackend();
  const dead = `grpc://127.0.0.1:${await deadPort()}`;
  await using gateway = flightSqlGateway([dead, backend.uri]);
  await using flight = connectInMemory(gateway);
  const client = flightSql(flight);
  for (let i = 0; i < 10; i++) {
    assertEquals((await client.query("SELECT n")).length, 3);
    // A statement that writes was not sent to a replica without a connection.
    assertEquals(await client.execute("INSERT"), 1n);
  }
  const states = gateway.replicas.map(({ isUp }) => isUp);
  assertEquals(states, [false, true]);
});

test(
  "a statement that writes does not go to another replica after it was sent",
  {
    timeout: 60_000,
  },
  async () => {
    const asked: string[] = [];
    const failing = (name: string): FlightService => ({
      getFlightInfo() {
        asked.push(name);
        throw new FlightError("UNAVAILABLE", "about to restart");
      },
    });
    await using front = await gatewayOver([failing("a"), failing("b")]);
    await using flight = connectInMemory(front.gateway);
    const client = flightSql(flight);
    await assertFlightError(
      client.query("SELECT 1").info(),
      "UNAVAILABLE",
      /about to restart/,
    );
    assertEquals(asked.toSorted(), ["a", "b"]);
    asked.length = 0;
    for (
      const statement of [
        "DELETE FROM t RETURNING *",
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x",
        "SELECT * INTO u FROM t",
        "/* SELECT */ CALL p()",
      ]
    ) {
      await assertFlightError(client.query(statement).info(), "UNAVAILABLE");
      assertEquals(asked.length, 1, statement);
      asked.length = 0;
    }
  },
);

test("a replica that dies in the middle of a result fails the read", {
  timeout: 60_000,
}, async () => {
  const sent = Promise.withResolvers<void>();
  await using front = await gatewayOver([{
    getFlightInfo: () => ({ endpoints: [{ ticket: "t" }] }),
    async *doGet() {
      yield rowsUpTo(10).batches[0]!;
      sent.resolve();
      await new Promise(() => {});
    },
  }]);
  await using client = connectInMemory(front.gateway);
  const batches = client.getStream("x").getReader();
  assertEquals((await batches.read()).value!.numRows, 10);
  await sent.promise;
  const rest = batches.read();
  const shutdown = front.servers[0]!.shutdown({ timeoutMs: 0 });
  await assertFlightError(rest, "UNAVAILABLE", /run the query again/);
  await shutdown;
});

test("a prepared statement and a transaction stay at their replica", {
  timeout: 60_000,
}, async () => {
  await using a = await startBackend();
  await using b = await startBackend();
  await using gateway = flightSqlGateway([a.uri, b.uri]);
  await using flight = connectInMemory(gateway);
  const client = flightSql(flight);
  for (let i = 0; i < 10; i++) {
    await using statement = await client.prepare("SELECT ?");
    assertEquals(await statement.query([i]).first(), { "1": BigInt(i) });
    await client.begin(async (transaction) => {
      await transaction.execute("INSERT");
      await transaction.execute("INSERT");
    });
  }
  for (const { handlers } of [a, b]) {
    assertEquals(handlers.open, 0);
    const count = (text: RegExp) =>
      handlers.log.filter((line) => text.test(line)).length;
    assertEquals(count(/^INSERT in/), 2 * count(/^commit/));
    assertEquals(count(/^begin/), count(/^commit/));
  }
});

test("a replica is drained without an error, and comes back", {
  timeout: 60_000,
}, async () => {
  await using a = await startBackend();
  await using b = await startBackend();
  let asked: string | undefined;
  await using gateway = flightSqlGateway([a.uri, b.uri], {
    audit: ({ replica }) => void (asked = replica),
  });
  await using flight = connectInMemory(gateway);
  const client = flightSql(flight);
  // A result of a, which waits to be read.
  let info = await client.query("SELECT n").info();
  while (asked !== a.uri) {
    await flight.read(info).table();
    info = await client.query("SELECT n").info();
  }
  const before = a.handlers.log.length;
  assertEquals(await gateway.drain(a.uri, { timeoutMs: 1 }), false);
  const drained = gateway.drain(a.uri);
  for (let i = 0; i < 10; i++) {
    assertEquals((await client.query("SELECT n")).length, 3);
  }
  assertEquals(a.handlers.log.length, before);
  assertEquals((await flight.read(info).table()).numRows, 3);
  assert(await drained);
  await gateway.drain(b.uri);
  await assertFlightError(
    client.query("SELECT n").info(),
    "UNAVAILABLE",
    /no backend for new work/,
  );
  gateway.resume(a.uri);
  assertEquals((await client.query("SELECT n")).length, 3);
  assertThrows(() => gateway.resume("grpc://127.0.0.1:1"), RangeError);
});

test("a drain waits for a result that is on its way to the client", {
  timeout: 60_000,
}, async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const service: FlightService = {
    async getFlightInfo() {
      asked.resolve();
      await answer.promise;
      return { endpoints: [{ ticket: "t" }] };
    },
    doGet: () => rowsUpTo(1),
  };
  await using front = await gatewayOver([service]);
  await using client = connectInMemory(front.gateway);
  const pending = client.getFlightInfo("x");
  await asked.promise;
  let isDrained = false;
  const drained = front.gateway.drain(front.servers[0]!.location)
    .then((outcome) => isDrained = outcome);
  answer.resolve();
  const info = await pending;
  assertEquals(isDrained, false);
  assertEquals((await client.read(info).table()).numRows, 1);
  assert(await drained);
});

test("a drain goes on if its replica was idle for a moment only", {
  timeout: 60_000,
}, async () => {
  await using front = await gatewayOver([counting(1)]);
  const { gateway } = front;
  const replica = gateway.replicas[0] as Replica;
  const end = replica.begin();
  const drained = gateway.drain(replica.location);
  end();
  setTimeout(replica.begin(), 1);
  assert(await drained);
});

test("the health of replicas is checked, and told to clients", {
  timeout: 60_000,
}, async () => {
  const health = new HealthService();
  const backendHealth = new HealthService();
  await using backend = await startBackend({ services: [backendHealth] });
  await using gateway = flightSqlGateway(backend.uri, {
    health,
    healthIntervalMs: 5,
  });
  backendHealth.set("", "NOT_SERVING");
  await until(() => health.get("") === "NOT_SERVING");
  assertEquals(gateway.replicas[0]!.isUp, false);
  backendHealth.set("", "SERVING");
  await until(() => health.get("") === "SERVING");
  assertEquals(gateway.replicas[0]!.isUp, true);
});

test(
  "a server without a health service counts as up",
  { timeout: 60_000 },
  async () => {
    await using backend = await startBackend();
    const dead = `grpc://127.0.0.1:${await deadPort()}`;
    await using gateway = flightSqlGateway([backend.uri, dead], {
      healthIntervalMs: 5,
    });
    await until(() => gateway.replicas[1]!.isUp === false);
    assertEquals(gateway.replicas[0]!.isUp, true);
  },
);

test("a name stands for all of its addresses, and is resolved again", {
  timeout: 60_000,
}, async () => {
  const answers = new Map([["db.example", ["127.0.0.1", "127.0.0.2"]]]);
  await using backend = await startBackend({ hostname: "0.0.0.0" });
  const { port } = backend.server;
  await using gateway = flightSqlGateway(`grpc://db.example:${port}`, {
    resolve: (name) =>
      answers.has(name)
        ? Promise.resolve(answers.get(name)!)
        : Promise.reject(new Error("the name server is down")),
    resolveIntervalMs: 5,
  });
  await using flight = connectInMemory(gateway);
  const client = flightSql(flight);
  const locations = () => gateway.replicas.map(({ location }) => location.uri);
  assertEquals((await client.query("SELECT n")).length, 3);
  assertEquals(locations(), [
    `grpc+tcp://127.0.0.1:${port}`,
    `grpc+tcp://127.0.0.2:${port}`,
  ]);
  // A result of a replica that leaves can still be read.
  const infos = await Promise.all(
    Array.from({ length: 6 }, () => client.query("SELECT n").info()),
  );
  answers.set("db.example", ["127.0.0.2"]);
  await until(() => locations().length === 1);
  for (const info of infos) {
    assertEquals((await flight.read(info).table()).numRows, 3);
  }
  answers.clear();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(locations(), [`grpc+tcp://127.0.0.2:${port}`]);
  answers.set("db.example", ["127.0.0.1"]);
  await until(() => locations()[0] === `grpc+tcp://127.0.0.1:${port}`);
  assertEquals((await client.query("SELECT n")).length, 3);
});

test("options of a gateway are checked", () => {
  const make = (options: object) => () =>
    flightSqlGateway("grpc://127.0.0.1:1", options);
  assertThrows(() => flightSqlGateway([]), TypeError, "list of backends");
  assertThrows(() => flightSqlGateway("db"), TypeError, "location");
  assertThrows(make({ results: "direct" }), TypeError, "option engine");
  assertThrows(make({ results: "both" }), TypeError, "option results");
  assertThrows(make({ balance: "random" }), TypeError, "option balance");
  assertThrows(make({ keys: ["short"] }), RangeError, "option keys");
  assertThrows(make({ resultLifetimeMs: 0 }), RangeError);
  assertThrows(
    make({ limits: { maxQueryRows: 0 } }),
    RangeError,
    "maxQueryRows",
  );
  assertThrows(make({ audit: "console" }), TypeError, "option audit");
  assertThrows(make({ maxQueries: 0 }), RangeError, "option maxQueries");
  // A scheme that is misspelled must not mean plain text.
  for (const executorScheme of ["grpc+tsl", "", 1]) {
    assertThrows(
      () => ballista({ executorScheme } as never),
      TypeError,
      "option executorScheme",
    );
  }
  assertThrows(
    () => ballista({ restUrl: "http://a" } as never),
    TypeError,
    "option restUrl",
  );
});
