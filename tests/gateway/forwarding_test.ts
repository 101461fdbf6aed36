/** Flight SQL through a gateway, on every transport in front of it. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { tableFromArrays } from "apache-arrow";
import { recordBatches, tableService } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { database, flightSqlService } from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { flightSqlGateway } from "@contrail/flight/gateway";
import { assertFlightError } from "../support/rejections.ts";
import { rpcTest } from "../support/transports.ts";
import { gatewayOver, startBackend } from "./backends.ts";

rpcTest(
  "a gateway forwards statements, parameters and transactions",
  async (connectTo) => {
    await using backend = await startBackend();
    await using gateway = flightSqlGateway(backend.uri);
    await using joined = await connectTo(gateway);
    const client = flightSql(joined.client);
    assertEquals((await client.query("SELECT n")).map(({ n }) => n), [1, 2, 3]);
    assertEquals(await client.execute("INSERT"), 1n);
    assertEquals(await client.executeMany("INSERT ?", [[7], [8]]), 2n);
    {
      await using statement = await client.prepare("SELECT ?");
      assertEquals(await statement.query([42]).first(), { "1": 42n });
      assertEquals(await statement.query([43]).first(), { "1": 43n });
    }
    await client.begin(async (transaction) => {
      await transaction.execute("INSERT");
      await using savepoint = await transaction.savepoint("s");
      await transaction.execute("INSERT");
      await savepoint.rollback();
      await transaction.ingest("t", [{ n: 1 }], { mode: "append" });
    });
    assertEquals(backend.handlers.open, 0);
    assertEquals(
      backend.handlers.log.filter((line) => !line.startsWith("SELECT")),
      [
        "INSERT",
        "INSERT ? 7 8",
        "begin 1",
        "INSERT in 1",
        "savepoint s 1",
        "INSERT in 1",
        "back to s 1",
        "ingest t FAIL APPEND in 1 1",
        "back to s 1",
        "release s 1",
        "commit 1",
      ],
    );
  },
);

rpcTest(
  "a gateway forwards errors of a statement as they are",
  async (connectTo) => {
    await using backend = await startBackend();
    await using gateway = flightSqlGateway(backend.uri);
    await using joined = await connectTo(gateway);
    const client = flightSql(joined.client);
    for (
      const run of [
        () => client.query("OOPS"),
        () => client.execute("OOPS"),
        () => client.prepare("OOPS"),
      ]
    ) {
      await assertFlightError(
        (async () => void await run())(),
        "INVALID_ARGUMENT",
        /near "OOPS": syntax error/,
      );
    }
  },
);

rpcTest(
  "a gateway forwards metadata, schemas and actions",
  async (connectTo) => {
    await using backend = await startBackend();
    await using gateway = flightSqlGateway(backend.uri);
    await using joined = await connectTo(gateway);
    const client = flightSql(joined.client);
    const names = (await client.tables()).map(({ name }) => name);
    assertEquals(names.toSorted(), ["ab1", "b_1", "temporary"]);
    const schema = await client.querySchema("SELECT n");
    assertEquals(schema.fields.map(({ name }) => name), ["n"]);
    const actions = await Array.fromAsync(joined.client.listActions());
    assert(actions.some(({ type }) => type === "CreatePreparedStatement"));
  },
);

test(
  "a gateway forwards a database of SQLite",
  { timeout: 60_000 },
  async () => {
    await using service = flightSqlService(
      database(sqlite(":memory:", { readOnly: false })),
    );
    await using front = await gatewayOver([service]);
    await using flight = connectInMemory(front.gateway);
    const client = flightSql(flight);
    await client.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
    await client.executeMany("INSERT INTO t VALUES (?, ?)", [
      [1, "a"],
      [2, null],
      [3, "grüezi"],
    ]);
    const rows = await client.sql`SELECT * FROM t WHERE id > ${1} ORDER BY id`;
    assertEquals(rows.map((row) => ({ ...row })), [
      { id: 2n, name: null },
      { id: 3n, name: "grüezi" },
    ]);
  },
);

rpcTest("a gateway forwards plain Flight", async (connectTo) => {
  const numbers = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
  await using front = await gatewayOver([
    {
      ...tableService({ numbers }, { put: true }),
      doExchange: (input) => input.flightData(),
    },
  ]);
  await using joined = await connectTo(front.gateway);
  const { client } = joined;
  assertEquals((await client.getTable("numbers")).numRows, 3);
  await client.putTable("copy", numbers);
  assertEquals((await client.getTable("copy")).numRows, 3);
  const infos = await Array.fromAsync(client.listFlights());
  assertEquals(infos.length, 2);
  assertEquals((await client.read(infos[1]!).table()).numRows, 3);
  const echo = client.doExchange("x", recordBatches(numbers));
  assertEquals((await echo.table()).numRows, 3);
});

test("a gateway does not tell clients where its backend is", {
  timeout: 60_000,
}, async () => {
  const backend = await startBackend();
  await backend[Symbol.asyncDispose]();
  await using gateway = flightSqlGateway(backend.uri);
  await using flight = connectInMemory(gateway);
  const error = await assertFlightError(
    flightSql(flight).query("SELECT n").info(),
    "UNAVAILABLE",
    /backend cannot be reached/,
  );
  assert(!error.message.includes("127.0.0.1"));
});
