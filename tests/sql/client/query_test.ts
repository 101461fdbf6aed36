/** Queries: statements without parameters, and their rows in every form. */

import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Field, Int64, Schema, Utf8 } from "apache-arrow";
import { FlightError } from "@contrail/flight";
import { flightSql, sql } from "@contrail/flight/sql";
import { connectInMemory } from "@contrail/flight/memory";
import { assertFlightError, rejection } from "../../support/rejections.ts";
import { sqlTest } from "./join_sql.ts";
import { NUMBERS, scriptedServer } from "./scripted_server.ts";

const ROWS = [
  { n: 1n, name: "one" },
  { n: 2n, name: "two" },
  { n: 3n, name: "three" },
  { n: 4n, name: "four" },
  { n: 5n, name: "five" },
];

sqlTest("a query gives its rows, when it is awaited", async (join) => {
  await using joined = await join();
  const query = joined.client.query("numbers");
  assertEquals(joined.calls, []);
  assertEquals(await query, ROWS);
  assertEquals(await query, ROWS);
  assertEquals(joined.calls, ["info numbers", "get numbers"]);
});

sqlTest(
  "a statement with an empty list of parameters is not prepared",
  async (join) => {
    await using joined = await join();
    assertEquals(
      await joined.client.query("numbers", [], { poll: false }),
      ROWS,
    );
    await joined.client.execute("delete", {});
    assertEquals(joined.calls, [
      "info numbers",
      "get numbers",
      "update delete",
    ]);
  },
);

sqlTest("a query gives its rows one by one", async (join) => {
  await using joined = await join();
  const names: string[] = [];
  for await (
    const { name } of joined.client.query<{ name: string }>("numbers")
  ) {
    names.push(name);
    if (names.length === 3) break;
  }
  assertEquals(names, ["one", "two", "three"]);
});

sqlTest("a query gives batches, a table, and its first row", async (join) => {
  await using joined = await join();
  const { client } = joined;
  let rows = 0;
  for await (const batch of client.query("numbers").batches()) {
    rows += batch.numRows;
  }
  assertEquals(rows, 5);
  const table = await client.query("numbers").table();
  assertEquals(table.toString(), NUMBERS.toString());
  assertEquals(await client.query("numbers").first(), ROWS[0]);
  assertEquals(await client.query("echo").first(), undefined);
});

sqlTest("an update gives the number of rows that it changed", async (join) => {
  await using joined = await join({ answers: 3 });
  const { client } = joined;
  assertEquals(await client.execute("delete"), 21n);
  assertEquals(await client.sql`delete`.execute(), 21n);
  assertEquals(await client.execute("delete unknown"), -1n);
  assertEquals(joined.calls[0], "update delete");
});

sqlTest("an update whose count is in an Any is understood", async (join) => {
  await using joined = await join({ wrappedCounts: true });
  assertEquals(await joined.client.execute("delete"), 7n);
});

sqlTest("an update without an answer fails", async (join) => {
  await using joined = await join({ answers: 0 });
  await assertFlightError(
    joined.client.execute("delete"),
    "INTERNAL",
    /how many rows/,
  );
});

sqlTest(
  "the error of a statement reaches whoever asks for rows",
  async (join) => {
    await using joined = await join();
    const { client } = joined;
    for (
      const ask of [
        () => client.query("wrong").then(),
        () => client.query("wrong").table(),
        () => client.query("wrong").first(),
        () => client.query("wrong").batches().schema,
        () => client.query("wrong").schema(),
        () => client.querySchema("wrong"),
      ]
    ) {
      await assertFlightError(ask(), "INVALID_ARGUMENT", /syntax error/);
    }
  },
);

sqlTest("a query is caught and finished like a promise", async (join) => {
  await using joined = await join();
  const { client } = joined;
  assertEquals(await client.query("wrong").catch(() => []), []);
  let ends = 0;
  const rows = await client.query("numbers").finally(() => void ends++);
  assertEquals([rows.length, ends], [5, 1]);
});

sqlTest("a query runs once", async (join) => {
  await using joined = await join();
  const query = joined.client.query("numbers");
  await query.table();
  assertThrows(() => query.batches(), TypeError, "used by table");
  assertEquals((await rejection(query.then()) as Error).name, "TypeError");
  assertEquals(joined.calls.length, 2);
});

sqlTest("the schema of a query is known without running it", async (join) => {
  await using joined = await join();
  const { client } = joined;
  const query = client.query("numbers");
  const names = (schema: Schema) => schema.fields.map(({ name }) => name);
  assertEquals(names(await query.schema()), ["n", "name"]);
  assertEquals(names(await client.querySchema("numbers")), ["n", "name"]);
  assertEquals(joined.calls, ["schema numbers", "schema numbers"]);
  assertEquals(await query, ROWS);
});

sqlTest("the schema that is given is that of the rows", async (join) => {
  await using joined = await join();
  const { client } = joined;
  const schema = new Schema<{ n: Int64; name: Utf8 }>([
    new Field("n", new Int64()),
    new Field("name", new Utf8()),
  ]);
  // The strings of the server are in a dictionary.
  const plain = client.query("numbers", undefined, {
    schema,
    dictionaries: "hydrate",
  });
  let sum = 0n;
  for await (const { n, name } of plain) {
    const text: string | null = name;
    sum += n ?? 0n;
    assert(text);
  }
  assertEquals(sum, 15n);
  const wrong = client.query("numbers", undefined, { schema });
  await assertFlightError(wrong.then(), "INTERNAL", /option schema/);
});

sqlTest("a Substrait plan is queried, and run as an update", async (join) => {
  await using joined = await join();
  const { client } = joined;
  const plan = { plan: new TextEncoder().encode("numbers"), version: "0.1" };
  assertEquals((await client.query(plan)).length, 5);
  assertEquals(await client.execute(plan), 7n);
  assertEquals(joined.calls, [
    "info numbers of 0.1",
    "get numbers of 0.1",
    "update plan",
  ]);
});

sqlTest("the FlightInfo of a query is read elsewhere", async (join) => {
  await using joined = await join();
  const { client } = joined;
  const info = await client.query("numbers").info();
  assertEquals(joined.calls, ["info numbers"]);
  const table = await client.flight.read(info).table();
  assertEquals(table.numRows, 5);
});

sqlTest("a statement that had no rows gives none", async (join) => {
  await using joined = await join({
    methods: { getFlightInfo: () => ({ endpoints: [] }) },
  });
  const { client } = joined;
  assertEquals(await client.query("create"), []);
  const table = await client.query("create").table();
  assertEquals([table.numRows, table.numCols], [0, 0]);
});

sqlTest("time-outs and signals end a query", async (join) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using joined = await join({
    methods: {
      async getFlightInfo() {
        await promise;
        return { endpoints: [] };
      },
    },
  });
  const { client } = joined;
  const late = client.query("numbers", undefined, { timeoutMs: 20 });
  await assertFlightError(late.then(), "DEADLINE_EXCEEDED");
  const aborting = new AbortController();
  const aborted = client.query("numbers", undefined, {
    signal: aborting.signal,
  }).then();
  aborting.abort(new Error("enough"));
  assertEquals((await rejection(aborted) as Error).message, "enough");
  resolve();
});

test("a statement must be one", () => {
  const client = flightSql(connectInMemory({}));
  assertThrows(() => client.query(5 as never), TypeError, "not number");
  assertThrows(() => client.query({} as never), TypeError, "not Object");
  const query = client.query.bind(client) as unknown as typeof client.sql;
  assertThrows(() => query`SELECT 1`, TypeError, "Only sql is the tag");
  assertThrows(
    () => client.sql("SELECT 1" as never),
    TypeError,
    "without parentheses",
  );
  assertThrows(
    () => client.query(sql`SELECT ${1}`, [2]),
    TypeError,
    "its own values",
  );
});

test("options of a query are checked", () => {
  const client = flightSql(connectInMemory({}));
  const query = (options: object) => () =>
    client.query("x", undefined, options);
  assertThrows(query({ schema: {} }), TypeError, "schema");
  assertThrows(query({ poll: 1 }), TypeError, "poll");
  assertThrows(query({ onProgress: 1 }), TypeError, "onProgress");
  assertThrows(query({ temporal: "yes" }), TypeError, "temporal");
  assertThrows(
    () => flightSql(connectInMemory({}), { placeholders: ":a" as never }),
    TypeError,
    "placeholders",
  );
});

test("duplicate columns of a row have names of their own", async () => {
  const { service } = scriptedServer();
  await using client = flightSql(connectInMemory({
    ...service,
    doGet: () => {
      const [batch] = NUMBERS.select(["n", "n", "n"]).batches;
      return batch!;
    },
  }));
  const row = await client.query("numbers").first();
  assertEquals(row, { n: 1n, n_2: 1n, n_3: 1n });
});

test("a query that fails while it is read says so after the rows before", async () => {
  const { service } = scriptedServer();
  await using client = flightSql(connectInMemory({
    ...service,
    async *doGet() {
      yield NUMBERS;
      await Promise.resolve();
      throw new FlightError("ABORTED", "lock lost");
    },
  }));
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const row of client.query("numbers")) seen.push(row);
  })();
  await assertFlightError(reading, "ABORTED", /lock lost/);
  assertEquals(seen, ROWS);
});
