/** The generated files: the same ones on every run, and no values left out. */
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { describe, it, test } from "node:test";
import type { JsonColumn, JsonField } from "../json_document.ts";
import { CASE_NAMES, generateCase } from "./cases.ts";
import { Random } from "./random.ts";

describe("generateCase", () => {
  for (const name of CASE_NAMES) {
    it(`makes ${name} again`, () => {
      assertEquals(generateCase(name), generateCase(name));
    });
    it(`makes columns of ${name} for its fields`, () => {
      const { schema, batches } = generateCase(name);
      for (const { count, columns } of batches) {
        for (const column of columns) assertEquals(column.count, count);
        assertEquals(columns.map(shapeOf), schema.fields.map(shapeOfField));
      }
    });
  }

  it("has the cases of Arrow's runner", () => {
    assertEquals(CASE_NAMES.length, 32);
  });

  it("has the extremes of integers, nulls, and values below them", () => {
    const [batch] = generateCase("primitive").batches;
    const column = batch!.columns.find(({ name }) =>
      name === "int64_nullable"
    )!;
    assertEquals(column.DATA!.slice(0, 2), [
      "-9223372036854775808",
      "9223372036854775807",
    ]);
    assertEquals(new Set(column.VALIDITY).size, 2);
    const below = column.DATA!.filter((_, row) => column.VALIDITY![row] === 0);
    assert(below.some((value) => value !== "0"), String(below));
  });

  it("has several data buffers for views", () => {
    const { columns } = generateCase("binary_view").batches[2]!;
    for (const { VARIADIC_DATA_BUFFERS, VIEWS } of columns) {
      assert(VARIADIC_DATA_BUFFERS!.length > 1);
      assert(VIEWS!.some((view) => "INLINED" in view));
    }
  });

  it("knows no others", () => {
    assertThrows(() => generateCase("primitives"), RangeError, "primitives");
  });
});

/** The names inside each other. */
function shapeOf({ name, children = [] }: JsonColumn): unknown {
  return [name, children.map(shapeOf)];
}

function shapeOfField({ name, children, dictionary }: JsonField): unknown {
  return [name, dictionary ? [] : children.map(shapeOfField)];
}

test("Random: other seeds give other values", () => {
  const firstOf = (seed: string) => new Random(seed).hex(8);
  assertEquals(firstOf("a"), firstOf("a"));
  assertNotEquals(firstOf("a"), firstOf("b"));
  assertNotEquals(firstOf("ab"), firstOf("ba"));
});

test("Random: values are within their range, and reach its ends", () => {
  const random = new Random("range");
  const seen = new Set<number>();
  const big = new Set<bigint>();
  for (let time = 0; time < 1000; time++) {
    seen.add(random.integer(-2, 3));
    big.add(random.bigint(-(2n ** 63n), -(2n ** 63n) + 2n));
  }
  assertEquals([...seen].sort((a, b) => a - b), [-2, -1, 0, 1, 2, 3]);
  assertEquals(big.size, 3);
});
