/** Point queries: the answer to their parameters has the rows. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { Field, Int64, Schema, Utf8 } from "apache-arrow";
import { FlightError, type FlightService } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { flightSql, type FlightSqlClient } from "@contrail/flight/sql";
import {
  database,
  type FlightSqlHandlers,
  flightSqlService,
} from "@contrail/flight/sql/server";
import { sqlite } from "@contrail/flight/sqlite";
import { assertFlightError } from "../../support/rejections.ts";
import { type ConnectTo, rpcTest } from "../../support/transports.ts";
import { integers, ONE_INTEGER } from "../fake_handlers.ts";
import { until } from "../../support/events.ts";

/** A client of a service, and its calls. */
async function joinedTo(service: FlightService, connectTo: ConnectTo) {
  const calls: string[] = [];
  const record: FlightInterceptor = (call, next) => {
    calls.push(call.method);
    return next(call);
  };
  const joined = await connectTo(service, { clientInterceptors: [record] });
  return {
    calls,
    client: flightSql(joined.client),
    [Symbol.asyncDispose]: () => joined[Symbol.asyncDispose](),
  };
}

/** A service whose one statement echoes its parameters, as a point query. */
function echo(
  handlers: Partial<ReturnType<NonNullable<FlightSqlHandlers["prepare"]>>> = {},
) {
  const runs: number[] = [];
  const service = flightSqlService({
    prepare: () => ({
      schema: ONE_INTEGER,
      parameterSchema: ONE_INTEGER,
      isPointQuery: true,
      query(parameters) {
        runs.push(parameters!.numRows);
        return parameters!;
      },
      ...handlers,
    }),
  });
  return { service, runs };
}

const SCHEMA = new Schema([
  new Field("id", new Int64(), true),
  new Field("name", new Utf8(), true),
]);

async function withTable(client: FlightSqlClient): Promise<void> {
  await client.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
  await client.executeMany("INSERT INTO t VALUES (?, ?)", [
    [1, "one"],
    [2, "two"],
    [3, "x".repeat(100_000)],
  ]);
}

rpcTest("a point query of SQLite takes one call", async (connectTo) => {
  await using service = flightSqlService(
    database(sqlite(":memory:", { readOnly: false })),
  );
  await using joined = await joinedTo(service, connectTo);
  const { client, calls } = joined;
  await withTable(client);
  await using statement = await client.prepare(
    "SELECT id, name FROM t WHERE id = ?",
  );
  calls.length = 0;
  assertEquals(await statement.query([2]), [{ id: 2n, name: "two" }]);
  assertEquals(await statement.query([7]), []);
  assertEquals(await statement.query([1]).first(), { id: 1n, name: "one" });
  const table = await statement.query([1], { schema: SCHEMA }).table();
  assertEquals(table.schema.fields.map(({ name }) => name), ["id", "name"]);
  const empty = await statement.query([8]).table();
  assertEquals([empty.numRows, empty.schema.fields.length], [0, 2]);
  for await (const { name } of statement.query([2])) assertEquals(name, "two");
  assertEquals(calls.splice(0), Array(6).fill("DoPut"));
  // Too large for one answer.
  const [large] = await statement.query([3]);
  assertEquals((large!.name as string).length, 100_000);
  assertEquals(calls.splice(0), ["DoPut", "DoGet"]);
  // The info is one that any client can read.
  const info = await statement.query([2]).info();
  assertEquals((await client.flight.read(info).table()).numRows, 1);
  assertEquals(calls, ["DoPut", "DoGet"]);
});

rpcTest(
  "a point query that is not prepared waits for two calls",
  async (connectTo) => {
    await using service = flightSqlService(
      database(sqlite(":memory:", { readOnly: false })),
    );
    await using joined = await joinedTo(service, connectTo);
    const { client, calls } = joined;
    await withTable(client);
    calls.length = 0;
    assertEquals(await client.sql`SELECT name FROM t WHERE id = ${1}`, [
      { name: "one" },
    ]);
    await until(() => calls.length === 3);
    assertEquals(calls, ["DoAction", "DoPut", "DoAction"]);
  },
);

rpcTest(
  "a point query sees what its transaction has changed, in one call",
  async (connectTo) => {
    await using service = flightSqlService(
      database(sqlite(":memory:", { readOnly: false })),
    );
    await using joined = await joinedTo(service, connectTo);
    const { client, calls } = joined;
    await withTable(client);
    await client.begin(async (tx) => {
      await tx.execute("UPDATE t SET name = 'changed' WHERE id = 1");
      await using statement = await tx.prepare(
        "SELECT name FROM t WHERE id = ?",
      );
      calls.length = 0;
      assertEquals(await statement.query([1]), [{ name: "changed" }]);
      assertEquals(calls, ["DoPut"]);
      await tx.rollback();
    });
    assertEquals(await client.query("SELECT name FROM t WHERE id = ?", [1]), [
      { name: "one" },
    ]);
  },
);

rpcTest("many runs of a point query are streamed", async (connectTo) => {
  const { service, runs } = echo();
  await using joined = await joinedTo(service, connectTo);
  const { client, calls } = joined;
  await using statement = await client.prepare("SELECT ?");
  calls.length = 0;
  const few = Array.from({ length: 8 }, (_, i) => i);
  assertEquals((await statement.query(integers(...few))).length, 8);
  assertEquals(calls.splice(0), ["DoPut"]);
  assertEquals((await statement.query(integers(...few, 8))).length, 9);
  assertEquals(calls, ["DoPut", "DoGet"]);
  assertEquals(runs, [8, 9]);
});

rpcTest("the failure of a point query is one of DoGet", async (connectTo) => {
  const { service } = echo({
    query() {
      throw new FlightError("OUT_OF_RANGE", "no such number");
    },
  });
  await using joined = await joinedTo(service, connectTo);
  const { client, calls } = joined;
  await using statement = await client.prepare("SELECT ?");
  calls.length = 0;
  const { method, details } = await assertFlightError(
    statement.query([1]).then(),
    "OUT_OF_RANGE",
  );
  assertEquals(method, "DoGet");
  assert(details.startsWith("no such number"));
  assertEquals(calls, ["DoPut", "GetFlightInfo", "DoGet"]);
});

rpcTest("a point query that is aborted ends its run", async (connectTo) => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<unknown>();
  const { service } = echo({
    async *query(_, { signal }) {
      begun.resolve();
      await new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve())
      );
      ended.resolve(signal.reason);
      yield* [];
    },
  });
  await using joined = await joinedTo(service, connectTo);
  const { client, calls } = joined;
  await using statement = await client.prepare("SELECT ?");
  calls.length = 0;
  const abort = new AbortController();
  const query = statement.query([1], { signal: abort.signal }).then(
    () => undefined,
    (error) => error,
  );
  await begun.promise;
  abort.abort(new Error("enough"));
  assertEquals((await query as Error | undefined)?.message, "enough");
  assert(FlightError.is(await ended.promise));
  assertEquals(calls, ["DoPut"]);
});

rpcTest(
  "a service with its own doGet sends all rows by it",
  async (connectTo) => {
    const { service } = echo();
    await using joined = await joinedTo({
      ...service,
      doGet: (ticket, context) => service.doGet!(ticket, context),
    }, connectTo);
    const { client, calls } = joined;
    await using statement = await client.prepare("SELECT ?");
    calls.length = 0;
    assertEquals(await statement.query([1]), [{ "1": 1n }]);
    assertEquals(calls, ["DoPut", "GetFlightInfo", "DoGet"]);
  },
);

test("rows in an answer have the limits of the client", async () => {
  const { service } = echo();
  await using client = flightSql(
    connectInMemory(service, { maxBatchRows: 2 }),
  );
  await using statement = await client.prepare("SELECT ?");
  assertEquals((await statement.query(integers(1, 2))).length, 2);
  await assertFlightError(
    statement.query(integers(1, 2, 3)).then(),
    "RESOURCE_EXHAUSTED",
  );
});
