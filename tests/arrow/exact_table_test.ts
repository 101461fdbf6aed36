/** Tables of columns, where no code may be made of strings. */

import { exactTable, exactValues, exactVector } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { assertEquals, assertThrows } from "@std/assert";
import {
  Dictionary,
  Int32,
  type Table,
  tableFromArrays,
  Utf8,
  Vector,
} from "apache-arrow";
import { test } from "node:test";

test("exactTable() makes a table that goes through DoPut and DoGet where apache-arrow may make no code", async () => {
  const kept: Table[] = [];
  await using client = connectInMemory({
    async doPut(upload) {
      kept.push(await upload.table());
    },
    doGet: () => kept[0],
  });
  await withoutFunctions(async () => {
    assertThrows(() => tableFromArrays({ city: ["Oslo", null] }), EvalError);
    const sent = exactTable({
      city: ["Oslo", null, "naïve 🌍"],
      height: Float64Array.of(23, -0.5, 1),
      people: [1, 2n, null],
      tags: [["a", "b"], [], null],
      kind: exactVector(new Dictionary(new Utf8(), new Int32()), [
        "x",
        "y",
        "x",
      ]),
    });
    assertEquals(
      sent.schema.fields.map(({ type, nullable }) => [String(type), nullable]),
      [
        ["Utf8", true],
        ["Float64", true],
        ["Int64", true],
        ["List<Utf8>", true],
        ["Dictionary<Int32, Utf8>", true],
      ],
    );
    await client.doPut({ path: ["x"] }).writeAll(sent);
    const got = await client.doGet("x").table();
    const values = (name: string) => exactValues(got.getChild(name)!);
    assertEquals(values("city"), ["Oslo", null, "naïve 🌍"]);
    assertEquals(values("height"), [23, -0.5, 1]);
    assertEquals(values("people"), [1n, 2n, null]);
    assertEquals(values("tags"), [["a", "b"], [], null]);
    assertEquals(values("kind"), ["x", "y", "x"]);
  });
});

test("exactTable() uses typed arrays and vectors as they are", () => {
  const numbers = Int32Array.of(1, 2, 3);
  const chunks = new Vector([
    ...exactVector(new Utf8(), ["a"]).data,
    ...exactVector(new Utf8(), ["b", "c"]).data,
  ]);
  const table = exactTable({ numbers, chunks });
  assertEquals(table.numRows, 3);
  assertEquals(exactValues(table.getChild("chunks")!), ["a", "b", "c"]);
  const whole = exactTable({ numbers });
  assertEquals(whole.batches.length, 1);
  assertEquals(whole.batches[0]!.data.children[0]!.values === numbers, true);
});

test("exactTable() makes tables without columns, and without rows", () => {
  assertEquals(exactTable({}).numRows, 0);
  const empty = exactTable({ n: new Int32Array(), none: [] });
  assertEquals([empty.numRows, empty.numCols], [0, 2]);
});

test("exactTable() names the column that cannot be one", () => {
  assertThrows(
    () => exactTable({ a: [1, 2], b: ["x"] }),
    TypeError,
    'column "b" has 1 rows, "a" has 2',
  );
  assertThrows(
    () => exactTable({ a: "text" as unknown as string[] }),
    TypeError,
    'column "a" is string; expected an array',
  );
  assertThrows(
    () => exactTable({ a: [1, "x"] }),
    TypeError,
    'the value of column "a" in row 1',
  );
});

/** Forbids code of strings, as a content security policy does. */
async function withoutFunctions(run: () => Promise<void>): Promise<void> {
  const original = globalThis.Function;
  const forbidden = function () {
    throw new EvalError("code of strings is forbidden");
  };
  // `instanceof` of apache-arrow needs it.
  forbidden.prototype = original.prototype;
  globalThis.Function = forbidden as unknown as FunctionConstructor;
  try {
    await run();
  } finally {
    globalThis.Function = original;
  }
}
