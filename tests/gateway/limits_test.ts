/** Bounds for the users of a gateway, its audit log, and its load. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { connect, type FlightService, serve } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import {
  flightSqlGateway,
  type GatewayAuditEntry,
} from "@contrail/flight/gateway";
import { until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { gatewayOver, rowsUpTo, startBackend, USERS } from "./backends.ts";

/** A service with a result of two endpoints of 1,000 rows each. */
const TWO_PARTS: FlightService = {
  getFlightInfo: () => ({ endpoints: [{ ticket: "a" }, { ticket: "b" }] }),
  doGet: () => rowsUpTo(1000),
};

test("a query ends beyond its most rows, over all of its endpoints", {
  timeout: 60_000,
}, async () => {
  await using front = await gatewayOver([TWO_PARTS], {
    limits: { maxQueryRows: 1999 },
  });
  await using client = connectInMemory(front.gateway);
  await assertFlightError(
    client.getTable("x", { maxParallelEndpoints: 1 }),
    "RESOURCE_EXHAUSTED",
    /more than 1999 rows \(option maxQueryRows/,
  );
  const info = await client.getFlightInfo("x");
  const [first] = info.endpoints;
  assertEquals(
    (await client.read({ ...info, endpoints: [first!] }).table()).numRows,
    1000,
  );
});

test("a query ends beyond its most bytes", { timeout: 60_000 }, async () => {
  await using front = await gatewayOver([TWO_PARTS], {
    limits: { maxQueryBytes: 6000 },
  });
  await using client = connectInMemory(front.gateway);
  await assertFlightError(
    client.getTable("x"),
    "RESOURCE_EXHAUSTED",
    /maxQueryBytes/,
  );
});

test("a query whose first message is too much frees its place", {
  timeout: 60_000,
}, async () => {
  await using front = await gatewayOver([TWO_PARTS], {
    limits: { maxQueryBytes: 1, maxQueriesPerUser: 1 },
  });
  await using client = connectInMemory(front.gateway);
  const { endpoints } = await client.getFlightInfo("x");
  for (const { ticket } of endpoints) {
    await assertFlightError(
      client.doGet(ticket).table(),
      "RESOURCE_EXHAUSTED",
      /maxQueryBytes/,
    );
  }
  await client.getFlightInfo("x");
  await until(() => front.gateway.replicas[0]!.calls === 0);
});

test("a query ends after its longest time, and so does the backend's", {
  timeout: 60_000,
}, async () => {
  await using backend = await startBackend();
  await using gateway = flightSqlGateway(backend.uri, {
    limits: { queryTimeoutMs: 100 },
  });
  await using flight = connectInMemory(gateway);
  const client = flightSql(flight);
  // On a slow machine, a query may end before it has begun.
  while (backend.handlers.signals.length === 0) {
    await assertFlightError(
      (async () => {
        for await (const _ of client.query("FOREVER").batches());
      })(),
      "DEADLINE_EXCEEDED",
      /longer than 100 ms \(option queryTimeoutMs/,
    );
  }
  await until(() => backend.handlers.signals.every((one) => one.aborted));
});

test("a user has at most so many queries at once, and others have theirs", {
  timeout: 60_000,
}, async () => {
  await using backend = await startBackend();
  await using gateway = flightSqlGateway(backend.uri, {
    limits: ({ peerIdentity }) => ({
      maxQueriesPerUser: peerIdentity === "ada" ? 2 : 1,
    }),
  });
  await using server = await serve(gateway, { interceptors: [USERS] });
  const as = (name: string) =>
    flightSql(
      connect(server.location, {
        headers: { authorization: `Bearer ${name}` },
      }),
    );
  await using ada = as("ada");
  await using bob = as("bob");
  const open = async (client: typeof ada) => {
    const reader = client.query("FOREVER").batches().getReader();
    await reader.read();
    return reader;
  };
  const first = await open(ada);
  const second = await open(ada);
  await assertFlightError(
    ada.query("SELECT n").info(),
    "RESOURCE_EXHAUSTED",
    /2 queries at once \(option maxQueriesPerUser/,
  );
  const other = await open(bob);
  await assertFlightError(bob.query("SELECT n").info(), "RESOURCE_EXHAUSTED");
  await first.cancel();
  await other.cancel();
  await until(() => gateway.replicas[0]!.calls === 1);
  assertEquals((await ada.query("SELECT n")).length, 3);
  assertEquals((await bob.query("SELECT n")).length, 3);
  await second.cancel();
});

test("the audit log names user, statement, rows and outcome, without secrets", {
  timeout: 60_000,
}, async () => {
  const entries: GatewayAuditEntry[] = [];
  await using backend = await startBackend();
  await using gateway = flightSqlGateway(backend.uri, {
    audit: (entry) => {
      entries.push(entry);
      throw new Error("the log is full");
    },
  });
  await using server = await serve(gateway, { interceptors: [USERS] });
  await using flight = connect(server.location, {
    headers: { authorization: "Bearer ada" },
  });
  const client = flightSql(flight);
  await client.query(
    "SELECT n FROM t -- secret\n WHERE a = 'it''s secret' AND b > 12.5e3 AND \"c1\" = $$secret$$",
  );
  await assertFlightError(client.execute("OOPS 'secret"), "INVALID_ARGUMENT");
  const shown = entries.map(({ method, user, command, sql, rows, code }) => ({
    method,
    user,
    command,
    sql,
    rows,
    code,
  }));
  assertEquals(shown, [
    {
      method: "GetFlightInfo",
      user: "ada",
      command: "CommandStatementQuery",
      sql: 'SELECT n FROM t WHERE a = ? AND b > ? AND "c1" = ?',
      rows: 0,
      code: "OK",
    },
    {
      method: "DoGet",
      user: "ada",
      command: undefined,
      sql: undefined,
      rows: 3,
      code: "OK",
    },
    {
      method: "DoPut",
      user: "ada",
      command: "CommandStatementUpdate",
      sql: "OOPS ?",
      rows: 0,
      code: "INVALID_ARGUMENT",
    },
  ]);
  assertEquals(entries[0]!.queryId, entries[1]!.queryId);
  assert(entries.every(({ replica }) => replica === backend.uri));
  assert(!JSON.stringify(entries).includes("secret"));
});

test(
  "the audit log has no part of a literal, whatever escapes or length it has",
  {
    timeout: 60_000,
  },
  async () => {
    const texts: (string | undefined)[] = [];
    await using backend = await startBackend();
    await using gateway = flightSqlGateway(backend.uri, {
      audit: ({ sql }) => void texts.push(sql),
    });
    await using flight = connectInMemory(gateway);
    const client = flightSql(flight);
    const SHOWN = [
      [String.raw`SELECT E'a\'secret', 'b' FROM t`, "SELECT ?, ? FROM t"],
      // A backslash escapes the quotation mark in some engines: the rest may be a literal.
      [String.raw`SELECT 'a\'secret', 'b' FROM t`, "SELECT ?"],
      ["SELECT $é$secret$é$, $1, 1e-5 FROM é1", "SELECT ?, $1, ? FROM é1"],
      [`SELECT '${"secret".repeat(2_000_000)}' AS s`, "SELECT ? AS s"],
      [`SELECT '${"''".repeat(2_000_000)}' AS s`, "SELECT ? AS s"],
    ] as const;
    for (const [text] of SHOWN) await client.query(text).info();
    assertEquals(texts, SHOWN.map(([, shown]) => shown));
  },
);

test(
  "the audit log has literals when it is told to",
  { timeout: 60_000 },
  async () => {
    const texts: (string | undefined)[] = [];
    await using backend = await startBackend();
    await using gateway = flightSqlGateway(backend.uri, {
      auditLiterals: true,
      audit: ({ sql }) => void texts.push(sql),
    });
    await using flight = connectInMemory(gateway);
    await flightSql(flight).query("SELECT 'x'").info();
    assertEquals(texts, ["SELECT 'x'"]);
  },
);

test("a thousand queries at once go through a gateway", {
  timeout: 120_000,
}, async () => {
  await using a = await startBackend();
  await using b = await startBackend();
  await using gateway = flightSqlGateway([a.uri, b.uri]);
  await using server = await serve(gateway);
  await using flight = connect(server.location);
  const client = flightSql(flight);
  const counts = await Promise.all(
    Array.from(
      { length: 1000 },
      async () => (await client.query("SELECT n")).length,
    ),
  );
  assertEquals(new Set(counts), new Set([3]));
  await until(() => gateway.replicas.every(({ calls }) => calls === 0));
  assertEquals(a.handlers.open + b.handlers.open, 0);
  // The least loaded replica gets the next query, so both have their share.
  for (const { handlers } of [a, b]) assert(handlers.log.length > 250);
});

test("a slow reader stops the backend, and does not fill the gateway", {
  timeout: 60_000,
}, async () => {
  let sent = 0;
  await using front = await gatewayOver([{
    getFlightInfo: () => ({ endpoints: [{ ticket: "t" }] }),
    async *doGet() {
      const batch = rowsUpTo(64 * 1024).batches[0]!;
      for (;;) {
        sent++;
        yield batch;
      }
    },
  }], { connection: { flowControlWindowBytes: 65_535 } });
  await using server = await serve(front.gateway, {
    flowControlWindowBytes: 65_535,
  });
  await using client = connect(server.location, {
    flowControlWindowBytes: 65_535,
  });
  const reader = client.getStream("x").getReader();
  await reader.read();
  let last = -1;
  while (sent !== last) {
    last = sent;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // Batches of 256 KiB: what the buffers of two connections hold.
  assert(sent < 80, `${sent} batches were sent`);
  await reader.cancel();
});
