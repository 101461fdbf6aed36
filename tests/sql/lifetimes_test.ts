/** Lives of statements, transactions and results: times, bounds, owners, sessions, and the server's end. */

import { test } from "node:test";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  connect,
  type FlightClient,
  FlightError,
  serve,
} from "@contrail/flight";
import { PEER_IDENTITY } from "@contrail/flight/auth";
import { connectInMemory } from "@contrail/flight/memory";
import {
  clientCookies,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { serverSessions } from "@contrail/flight/session";
import {
  type FlightSqlOptions,
  flightSqlService,
} from "@contrail/flight/sql/server";
import { commandStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { inVirtualTime } from "../read/virtual_time.ts";
import { FakeHandlers, integers } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, FlightError)).code;
}

function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function openService(options: FlightSqlOptions = {}) {
  const handlers = new FakeHandlers();
  const service = flightSqlService(handlers, options);
  return { handlers, service, client: connectInMemory(service) };
}

/** A client that is who it says it is. */
function as(
  service: Parameters<typeof connectInMemory>[0],
  identity: string,
): FlightClient {
  const who: FlightInterceptor = (call, next) => {
    if (call.side === "server") call.values.set(PEER_IDENTITY, identity);
    return next(call);
  };
  return connectInMemory(service, { serverInterceptors: [who] });
}

test("a transaction in use does not end when the clock is set", () =>
  inVirtualTime(async (setClock) => {
    const { handlers, client } = openService({ transactionTimeoutMs: 2000 });
    const id = await sql.begin(client);
    for (const step of [3_600_000, -7_200_000, 3_600_000]) {
      setClock(step);
      await pass(1500);
      await sql.update(client, "INSERT", id);
    }
    await pass(2100);
    assertEquals(handlers.log.at(-1), "rollback 1");
    await client.close();
  }));

test("R22: statements, transactions and results end when they are idle", () =>
  inVirtualTime(async () => {
    const { handlers, client } = openService({
      statementTimeoutMs: 3000,
      transactionTimeoutMs: 2000,
      resultTimeoutMs: 1000,
    });
    const { preparedStatementHandle } = await sql.prepare(client, "SELECT ?");
    const id = await sql.begin(client);
    const info = await sql.info(client, commandStatementQuery, {
      query: "SELECT n",
    });
    await pass(1100);
    assertEquals(await codeOf(sql.fetch(client, info)), "NOT_FOUND");
    await sql.update(client, "INSERT", id);
    // Each use puts the end off.
    await sql.bind(client, preparedStatementHandle, integers(1));
    await pass(1500);
    await sql.update(client, "INSERT", id);
    await pass(2100);
    assertEquals(handlers.log.at(-1), "rollback 1");
    assertEquals(
      await codeOf(sql.update(client, "INSERT", id)),
      "NOT_FOUND",
    );
    assertEquals(
      await codeOf(sql.execute(client, preparedStatementHandle)),
      "NOT_FOUND",
    );
    assertEquals(handlers.open, 0);
    // A driver can leave them behind, and a commit is not what has happened.
    await sql.closeStatement(client, preparedStatementHandle);
    assertEquals(await codeOf(sql.end(client, id, "COMMIT")), "NOT_FOUND");
    await sql.end(client, id, "ROLLBACK");
  }));

test("nothing ends while it is used", () =>
  inVirtualTime(async () => {
    const { handlers, client } = openService({
      statementTimeoutMs: 1000,
      transactionTimeoutMs: 1000,
      resultTimeoutMs: 1000,
    });
    const id = await sql.begin(client);
    const { preparedStatementHandle } = await sql.prepare(
      client,
      "FOREVER",
      id,
    );
    const { endpoints } = await sql.info(client, commandStatementQuery, {
      query: "FOREVER",
      transactionId: id,
    });
    const reader = client.doGet(endpoints[0]!.ticket).getReader();
    for (let i = 0; i < 5; i++) {
      await reader.read();
      await pass(900);
    }
    await reader.cancel();
    await sql.update(client, "INSERT", id);
    assert(!handlers.log.includes("rollback 1"));
    // The statement was not used for all that time.
    assertEquals(
      await codeOf(sql.execute(client, preparedStatementHandle)),
      "NOT_FOUND",
    );
  }));

test("R22: what is gone names the option that has ended it", () =>
  inVirtualTime(async () => {
    const { service, client } = openService({
      statementTimeoutMs: 3000,
      transactionTimeoutMs: 2000,
      resultTimeoutMs: 1000,
      maxStatements: 2,
      maxResults: 1,
    });
    const details = async (promise: Promise<unknown>): Promise<string> => {
      const error = await assertRejects(() => promise, FlightError);
      assertEquals(error.code, "NOT_FOUND");
      return error.details;
    };
    const query = { query: "SELECT n" };
    const old = await sql.prepare(client, "SELECT n");
    const loose = await sql.prepare(client, "SELECT n");
    const id = await sql.begin(client);
    const savepoint = await sql.savepoint(client, id, "a");
    const bound = await sql.prepare(client, "SELECT n", id);
    const first = await sql.info(client, commandStatementQuery, query);
    const info = await sql.info(client, commandStatementQuery, query);
    assertEquals(
      await details(sql.execute(client, old.preparedStatementHandle)),
      "the prepared statement made room for another: there were more than 2 prepared statements (option maxStatements)",
    );
    assertEquals(
      await details(sql.fetch(client, first)),
      "the result made room for another: there were more than 1 results (option maxResults)",
    );
    await pass(2100);
    assertEquals(
      await details(sql.fetch(client, info)),
      "the result was not used for 1000 ms (option resultTimeoutMs)",
    );
    const timedOut =
      "the transaction was not used for 2000 ms (option transactionTimeoutMs)";
    for (
      const attempt of [
        sql.update(client, "INSERT", id),
        sql.end(client, id, "COMMIT"),
        sql.savepoint(client, id, "b"),
      ]
    ) assertEquals(await details(attempt), timedOut);
    assertEquals(
      await details(sql.execute(client, bound.preparedStatementHandle)),
      `the transaction of the prepared statement has ended: ${timedOut}`,
    );
    assertStringIncludes(
      await details(sql.endSavepoint(client, savepoint, "RELEASE")),
      "for 2000 ms (option transactionTimeoutMs)",
    );
    await pass(3100);
    assertEquals(
      await details(sql.execute(client, loose.preparedStatementHandle)),
      "the prepared statement was not used for 3000 ms (option statementTimeoutMs)",
    );
    // Others learn nothing of it.
    assertStringIncludes(
      await details(sql.update(as(service, "eve"), "INSERT", id)),
      "there is no such transaction: it was never there",
    );
  }));

test("1,000 transactions are begun: those beyond the bound fail, and time ends the others", () =>
  inVirtualTime(async () => {
    const { handlers, client } = openService({ maxTransactions: 10 });
    const outcomes = await Promise.all(
      Array.from({ length: 1000 }, () =>
        sql.begin(client).then(
          () => "begun",
          (error) => `${error.code} ${error.details}`,
        )),
    );
    assertEquals(outcomes.filter((one) => one === "begun").length, 10);
    assertEquals(new Set(outcomes).size, 2);
    assert(outcomes.at(-1)!.startsWith("RESOURCE_EXHAUSTED"));
    assert(outcomes.at(-1)!.includes("maxTransactions"));
    await pass(600_001);
    assertEquals(
      handlers.log.filter((one) => one.startsWith("rollback")).length,
      10,
    );
    await sql.begin(client);
  }));

test("1,000 statements are left alone: the newest stay, and those of others", async () => {
  const { handlers, service, client } = openService({ maxStatements: 10 });
  const ada = as(service, "ada");
  const hers = await sql.prepare(ada, "SELECT n");
  const handles = [];
  for (let i = 0; i < 1000; i++) {
    handles.push(
      (await sql.prepare(client, "SELECT n")).preparedStatementHandle,
    );
  }
  assertEquals(handlers.open, 10);
  assertEquals(await codeOf(sql.execute(client, handles[0]!)), "NOT_FOUND");
  assertEquals((await sql.execute(client, handles.at(-1)!)).numRows, 3);
  assertEquals(
    (await sql.execute(ada, hers.preparedStatementHandle)).numRows,
    3,
  );
  await service[Symbol.asyncDispose]();
  assertEquals(handlers.open, 0);
});

test("statements that have ended do not count against their client", async () => {
  const { service } = openService({ maxStatements: 4 });
  const [ada, bob, carol] = [
    as(service, "ada"),
    as(service, "bob"),
    as(service, "carol"),
  ];
  const prepare = async (client: FlightClient) =>
    (await sql.prepare(client, "SELECT n")).preparedStatementHandle;
  const hers = await prepare(ada);
  for (let i = 0; i < 2; i++) {
    await sql.closeStatement(ada, await prepare(ada));
  }
  const his = [await prepare(bob), await prepare(bob)];
  // Bob has most for the first, Carol for the others.
  for (let i = 0; i < 4; i++) await prepare(carol);
  assertEquals(await codeOf(sql.execute(bob, his[0]!)), "NOT_FOUND");
  assertEquals((await sql.execute(bob, his[1]!)).numRows, 3);
  assertEquals((await sql.execute(ada, hers)).numRows, 3);
  await service[Symbol.asyncDispose]();
});

test("1,000 results are not fetched: the newest stay", async () => {
  const { handlers, client, service } = openService({ maxResults: 10 });
  const infos = [];
  for (let i = 0; i < 1000; i++) {
    infos.push(
      await sql.info(client, commandStatementQuery, { query: "SELECT n" }),
    );
  }
  assertEquals(handlers.open, 10);
  assertEquals(await codeOf(sql.fetch(client, infos[0]!)), "NOT_FOUND");
  assertEquals((await sql.fetch(client, infos.at(-1)!)).numRows, 3);
  await service[Symbol.asyncDispose]();
  assertEquals(handlers.open, 0);
});

test("savepoints are bounded", async () => {
  const { client } = openService({ maxSavepoints: 2 });
  const id = await sql.begin(client);
  await sql.savepoint(client, id, "a");
  await sql.savepoint(client, id, "b");
  const error = await assertRejects(
    () => sql.savepoint(client, id, "c"),
    FlightError,
    "maxSavepoints",
  );
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
});

test("parameters are bounded", async () => {
  const { client } = openService({ maxParameterBytes: 1000 });
  const { preparedStatementHandle } = await sql.prepare(client, "INSERT ?");
  const many = integers(...Array.from({ length: 200 }, (_, i) => i));
  for (
    const call of [
      () => sql.bind(client, preparedStatementHandle, many),
      () => sql.executeUpdate(client, preparedStatementHandle, many),
    ]
  ) {
    const error = await assertRejects(call, FlightError, "maxParameterBytes");
    assertEquals(error.code, "RESOURCE_EXHAUSTED");
  }
});

for (const keys of [undefined, ["k".repeat(32)]]) {
  const how = keys ? "signed" : "random";
  test(`handles of others do not exist (${how})`, async () => {
    const { service, handlers } = openService({ keys });
    const ada = as(service, "ada");
    const bob = as(service, "bob");
    const id = await sql.begin(ada);
    const saved = await sql.savepoint(ada, id, "a");
    const { preparedStatementHandle } = await sql.prepare(ada, "SELECT ?");
    const info = await sql.info(ada, commandStatementQuery, {
      query: "SELECT n",
    });
    for (const stranger of [bob, connectInMemory(service)]) {
      const calls = [
        sql.update(stranger, "INSERT", id),
        sql.end(stranger, id, "COMMIT"),
        sql.savepoint(stranger, id, "b"),
        sql.endSavepoint(stranger, saved, "ROLLBACK"),
        sql.bind(stranger, preparedStatementHandle, integers(1)),
        sql.execute(stranger, preparedStatementHandle),
        sql.executeUpdate(stranger, preparedStatementHandle, integers(1)),
        sql.closeStatement(stranger, preparedStatementHandle),
        sql.fetch(stranger, info),
        stranger.cancelFlightInfo(info),
        stranger.renewFlightEndpoint(info.endpoints[0]!),
      ];
      for (const code of await Promise.all(calls.map(codeOf))) {
        assertEquals(code, "NOT_FOUND");
      }
    }
    assertEquals((await sql.fetch(ada, info)).numRows, 3);
    await sql.end(ada, id, "COMMIT");
    assertEquals(handlers.log, [
      "begin 1",
      "savepoint a 1",
      "SELECT n",
      "commit 1",
    ]);
  });

  test(`handles that were made up do not exist (${how})`, async () => {
    const { client } = openService({ keys });
    const id = await sql.begin(client);
    const { preparedStatementHandle } = await sql.prepare(client, "SELECT n");
    const changed = preparedStatementHandle.slice();
    changed[3]! ^= 1;
    const forged = [
      changed,
      id,
      preparedStatementHandle.subarray(1),
      new Uint8Array(0),
      new Uint8Array([0xff, 0xfe]),
      new TextEncoder().encode("' OR 1=1 --"),
      new Uint8Array(100_000),
    ];
    for (const handle of forged) {
      assertEquals(await codeOf(sql.execute(client, handle)), "NOT_FOUND");
      assertEquals(
        await codeOf(sql.closeStatement(client, handle)),
        "NOT_FOUND",
      );
    }
    assertEquals(
      await codeOf(sql.end(client, preparedStatementHandle, "COMMIT")),
      "NOT_FOUND",
    );
  });
}

test("handles signed with another key do not exist", async () => {
  const [a, b] = ["a".repeat(32), "b".repeat(32)];
  const first = openService({ keys: [a] });
  const second = openService({ keys: [b, a] });
  const { preparedStatementHandle } = await sql.prepare(
    first.client,
    "SELECT n",
  );
  assertEquals(
    await codeOf(sql.execute(second.client, preparedStatementHandle)),
    "NOT_FOUND",
  );
});

test("what a session has made ends with it, and no other session may use it", async () => {
  const handlers = new FakeHandlers();
  const service = flightSqlService(handlers);
  await using server = await serve(service, {
    interceptors: [serverSessions()],
  });
  const open = () =>
    connect(server.location, { interceptors: [clientCookies()] });
  await using client = open();
  await using other = open();
  await client.setSessionOptions({ catalog: "main" });
  await other.setSessionOptions({ catalog: "main" });
  const id = await sql.begin(client);
  const { preparedStatementHandle } = await sql.prepare(client, "SELECT n");
  assertEquals(
    await codeOf(sql.execute(other, preparedStatementHandle)),
    "NOT_FOUND",
  );
  assertEquals(await codeOf(sql.end(other, id, "COMMIT")), "NOT_FOUND");
  assertEquals((await client.closeSession()).status, "CLOSED");
  assertEquals(handlers.log, ["begin 1", "rollback 1"]);
  assertEquals(handlers.open, 0);
});

test("R20, R21: sessions are optional", async () => {
  const { service } = openService();
  await using client = connectInMemory(service);
  assertEquals((await client.getSessionOptions()).sessionOptions.size, 0);
  assertEquals((await client.closeSession()).status, "CLOSED");
  assertEquals(
    await codeOf(client.setSessionOptions({ catalog: "main" })),
    "UNIMPLEMENTED",
  );
  await using withSessions = connectInMemory(service, {
    serverInterceptors: [serverSessions()],
    interceptors: [clientCookies()],
  });
  assertEquals((await withSessions.closeSession()).status, "CLOSED");
  await withSessions.setSessionOptions({ catalog: "a", schema: "b" });
  assertEquals(
    [...(await withSessions.getSessionOptions()).sessionOptions],
    [["catalog", "a"], ["schema", "b"]],
  );
});

test("R21: a handler checks the options of a session", async () => {
  const service = flightSqlService({
    setSessionOption: (name, value) =>
      name !== "catalog"
        ? "INVALID_NAME"
        : value !== "main"
        ? "INVALID_VALUE"
        : undefined,
  });
  await using client = connectInMemory(service);
  const { errors } = await client.setSessionOptions({
    catalog: "main",
    schema: "s",
  });
  assertEquals([...errors], [["schema", "INVALID_NAME"]]);
});

test("the end of the server ends transactions and statements", async () => {
  const handlers = Object.assign(new FakeHandlers(), {
    close() {
      handlers.log.push("close");
    },
  });
  const server = await serve(flightSqlService(handlers));
  await using client = connect(server.location);
  await sql.begin(client);
  await sql.prepare(client, "SELECT n");
  await sql.info(client, commandStatementQuery, { query: "SELECT n" });
  await server.shutdown({ timeoutMs: 0 });
  assertEquals(handlers.log, ["begin 1", "rollback 1", "close"]);
  assertEquals(handlers.open, 0);
});
