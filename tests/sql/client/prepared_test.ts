/** Parameters and prepared statements. */

import { test } from "node:test";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  Decimal,
  Field,
  Int32,
  Null,
  Schema,
  tableFromArrays,
  Utf8,
} from "apache-arrow";
import { flightSql, sql } from "@contrail/flight/sql";
import { connectInMemory } from "@contrail/flight/memory";
import { assertFlightError, rejection } from "../../support/rejections.ts";
import { until } from "../../support/events.ts";
import { sqlTest } from "./join_sql.ts";
import { scriptedServer } from "./scripted_server.ts";

const PARAMETERS = new Schema([
  new Field(":id", new Int32(), false),
  new Field("name", new Utf8(), true),
]);

sqlTest("values of a template travel as parameters", async (join) => {
  await using joined = await join();
  const { client, calls } = joined;
  const rows = await client.sql`echo ${5} ${"x'y"} ${null}`;
  assertEquals(rows, [{ 0: 5n, 1: "x'y", 2: null }]);
  await until(() => calls.length === 5);
  assertEquals(calls, [
    "prepare echo ? ? ?",
    "bind s1 × 1",
    "info s1",
    "get s1",
    "close s1",
  ]);
});

sqlTest("parameters are cast to what the server expects", async (join) => {
  await using joined = await join({ parameterSchema: PARAMETERS });
  const { client } = joined;
  assertEquals(await client.query("echo", [7n, "a"]), [{
    ":id": 7,
    name: "a",
  }]);
  const byName = await client.query("echo", { name: null, id: 8 });
  assertEquals(byName, [{ ":id": 8, name: null }]);
  const table = await client.query("echo", [1, null]).table();
  assertEquals(String(table.schema), String(PARAMETERS));
});

sqlTest(
  "wrong parameters are refused by name, before they are sent",
  async (join) => {
    await using joined = await join({ parameterSchema: PARAMETERS });
    const { client, calls } = joined;
    const cases: [unknown, string][] = [
      [[1], "there is 1 value for 2 parameters"],
      [["x", "y"], 'parameter ":id": a string is not Int32'],
      [[[1, 2], "y"], "an array is not Int32 (list(values) makes placeholders"],
      [[2 ** 40, "y"], 'parameter ":id": the value is out of the range'],
      [[1, undefined], "value 1 is undefined"],
      [{ id: 1 }, 'no value for parameter "name"'],
      [{ id: 1, name: "x", nam: "y" }, 'no parameter "nam"'],
      [[1, {}], 'parameter "name": an Object is not Utf8'],
      ["text", "not string"],
      [[null, Symbol()], "Symbol"],
    ];
    for (const [parameters, message] of cases.slice(0, -1)) {
      const query = client.query("echo", parameters as never);
      const error = await rejection(query.then()) as Error;
      assertEquals(error.message.includes(message), true, error.message);
    }
    await using statement = await client.prepare("echo");
    await assertRejects(
      () => statement.query().table(),
      TypeError,
      "The statement has 2 parameters, and none is given",
    );
    assertEquals(calls.filter((call) => call.startsWith("bind")), []);
  },
);

sqlTest("tables and batches are parameters as they are", async (join) => {
  await using joined = await join({ parameterSchema: PARAMETERS });
  const { client, uploads } = joined;
  const table = tableFromArrays({ a: Int32Array.of(1, 2) });
  assertEquals(await client.execute("update", table), 2n);
  assertEquals(await client.execute("update", table.batches[0]!), 2n);
  assertEquals(uploads.map((table) => table.numRows), [2, 2]);
});

sqlTest("many rows are one execution", async (join) => {
  await using joined = await join({ parameterSchema: PARAMETERS });
  const { client, calls, uploads } = joined;
  async function* rows() {
    for (let i = 0; i < 10_000; i++) {
      await undefined;
      yield i % 2 ? [i, `row ${i}`] : { id: i, name: null };
    }
  }
  assertEquals(await client.executeMany("update", rows()), 10_000n);
  assertEquals(calls.slice(0, 2), ["prepare update", "update s1 × 10000"]);
  const last = uploads[0]!.get(9999)!.toJSON();
  assertEquals(last, { ":id": 9999, name: "row 9999" });
  const wrong = client.executeMany("update", [[1, "a"], [2, "b"], ["x", "c"]]);
  const error = await rejection(wrong) as Error;
  assertEquals(
    error.message,
    'Cannot use parameter ":id" in row 2: a string is not Int32',
  );
});

sqlTest(
  "types of parameters that the server does not know are inferred",
  async (join) => {
    const wildcard = new Schema([new Field("x", new Null(), true)]);
    await using joined = await join({ parameterSchema: wildcard });
    const { client } = joined;
    assertEquals(await client.query("echo", [new Date(5)]), [{
      x: new Date(5),
    }]);
    assertEquals(await client.query("echo", [null]), [{ x: null }]);
  },
);

sqlTest("a prepared statement is run again and again", async (join) => {
  const datasetSchema = PARAMETERS;
  await using joined = await join({
    parameterSchema: PARAMETERS,
    datasetSchema,
    isUpdate: false,
  });
  const { client, calls } = joined;
  {
    await using statement = await client.prepare("echo");
    assertEquals(String(statement.parameterSchema), String(PARAMETERS));
    assertEquals(String(statement.datasetSchema), String(datasetSchema));
    assertEquals(statement.isUpdate, false);
    for (let i = 0; i < 3; i++) {
      const rows = await statement.query([i, "x"]);
      assertEquals(rows, [{ ":id": i, name: "x" }]);
    }
    const schema = await statement.schema([1, "y"]);
    assertEquals(schema.fields.length, 2);
  }
  assertEquals(calls, [
    "prepare echo",
    ...Array(3).fill(["bind s1 × 1", "info s1", "get s1"]).flat(),
    "bind s1 × 1",
    "schema s1",
    "close s1",
  ]);
});

sqlTest(
  "runs of a prepared statement do not mix their parameters",
  async (join) => {
    await using joined = await join({ parameterSchema: PARAMETERS });
    const statement = await joined.client.prepare("echo");
    const runs = Array.from(
      { length: 20 },
      (_, i) => statement.query([i, "x"]),
    );
    const results = await Promise.all(runs);
    assertEquals(
      results.map(([row]) => row),
      Array.from({ length: 20 }, (_, i) => ({ ":id": i, name: "x" })),
    );
    await statement.close();
    await statement.close();
    await assertFlightError(
      statement.query([1, "x"]).then(),
      "FAILED_PRECONDITION",
      /closed/,
    );
  },
);

sqlTest(
  "the newest handle of a statement is used, and the first closed too",
  async (join) => {
    await using joined = await join({ newHandles: true, emptyResults: true });
    const { client, calls } = joined;
    {
      await using statement = await client.prepare("echo");
      assertEquals(await statement.query([1]), [{ 0: 1n }]);
      assertEquals(await statement.query([2]), [{ 0: 2n }]);
      assertEquals(new TextDecoder().decode(statement.handle), "s1+3");
    }
    assertEquals(calls, [
      "prepare echo",
      "bind s1 × 1",
      "info s1+2",
      "get s1+2",
      "bind s1+2 × 1",
      "info s1+3",
      "get s1+3",
      "close s1+3",
      "close s1",
    ]);
  },
);

sqlTest("schemas that are sent as no bytes are none", async (join) => {
  await using joined = await join({ emptySchemas: true });
  await using statement = await joined.client.prepare("echo");
  assertEquals(statement.parameterSchema, undefined);
  assertEquals(statement.datasetSchema, undefined);
  assertEquals(await statement.query([1]), [{ 0: 1n }]);
});

sqlTest(
  "a statement that is an update is run as one, also for its rows",
  async (join) => {
    await using joined = await join({ isUpdate: true });
    const { client, calls } = joined;
    assertEquals(await client.query("update ?", [1]), []);
    const table = await client.query("update ?", [1]).table();
    assertEquals(table.numRows, 0);
    assertEquals(calls.filter((call) => call.startsWith("update")), [
      "update s1 × 1",
      "update s2 × 1",
    ]);
  },
);

sqlTest("a Substrait plan is prepared", async (join) => {
  await using joined = await join();
  const plan = { plan: new Uint8Array(1), version: "1" };
  await using statement = await joined.client.prepare(plan);
  assertEquals(await statement.query([1]), [{ 0: 1n }]);
});

sqlTest(
  "a statement whose FlightInfo was given away is closed with the client",
  async (join) => {
    await using joined = await join();
    const { client, calls } = joined;
    const info = await client.sql`echo ${1}`.info();
    const table = await client.flight.read(info).table();
    assertEquals(table.numRows, 1);
    assertEquals(calls.includes("close s1"), false);
    await client.close();
    assertEquals(calls.at(-1), "close s1");
  },
);

sqlTest(
  "a statement of one run is closed when it fails, and when it is given up",
  async (join) => {
    await using joined = await join();
    const { client, calls } = joined;
    await rejection(client.query("wrong", [1]).then());
    await client.query("echo", [1]).first();
    await client.execute("update", [1]);
    await client.query("numbers");
    const closed = calls.filter((call) => call.startsWith("close"));
    assertEquals(closed.sort(), ["close s1", "close s2", "close s3"]);
  },
);

sqlTest("a query of a statement that is closed has no schema", async (join) => {
  await using joined = await join();
  const statement = await joined.client.prepare("echo ?");
  await statement.close();
  for (const options of [{}, { schema: PARAMETERS }]) {
    const batches = statement.query([1], options).batches();
    for (const use of [() => batches.schema, () => Array.fromAsync(batches)]) {
      await assertFlightError(
        use(),
        "FAILED_PRECONDITION",
        /the prepared statement has been closed/,
      );
    }
  }
});

test("values of every kind come back as they were", async () => {
  const { service } = scriptedServer();
  await using client = flightSql(connectInMemory(service));
  const values = [
    true,
    1n,
    1.5,
    "ä",
    Uint8Array.of(1),
    new Date(1),
    [1n, null],
    new Map([["a", 1n]]),
    { x: "y" },
    null,
  ];
  const [row] = await client.query("echo", values);
  assertEquals(Object.values(row!), values);
});

test("decimals are texts, exact in both directions", async () => {
  const parameterSchema = new Schema([
    new Field("d", new Decimal(3, 38, 128), true),
  ]);
  const { service } = scriptedServer({ parameterSchema });
  await using client = flightSql(connectInMemory(service));
  const d = "-12345678901234567890123456789012345.678";
  assertEquals(await client.query("echo", [d]), [{ d }]);
});

test("many rows have values: the server cannot count them otherwise", async () => {
  const { service } = scriptedServer({});
  await using client = flightSql(connectInMemory(service));
  await assertRejects(
    () => client.executeMany("update", [[], []]),
    TypeError,
    "they have no values",
  );
});

test("many rows and templates with values do not go together", async () => {
  const client = flightSql(connectInMemory({}));
  await assertRejects(
    () => client.executeMany(sql`INSERT ${1}`, [[1]]),
    TypeError,
    "write placeholders",
  );
  await assertRejects(() => client.prepare(sql`x ${1}`), TypeError, "values");
  assertThrows(() => client.query("x", [1], 5 as never), TypeError, "options");
});
