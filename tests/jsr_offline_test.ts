/** The stand-ins must fail where the real packages do; this passes with both. */
import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
} from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import * as offlineAssert from "../tools/jsr_offline/assert/mod.ts";

/** An instance with a private field, which no comparison sees. */
class Empty {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  isOf(value: number): boolean {
    return this.#value === value;
  }
}

/** An instance whose getter shows the field. */
class Getter {
  readonly #value: number;
  constructor(value: number) {
    this.#value = value;
  }
  get value(): number {
    return this.#value;
  }
}

test("@std/assert: equal() compares by content", () => {
  const cyclic = () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    return value;
  };
  const same: [unknown, unknown][] = [
    [NaN, NaN],
    [0, -0],
    [1n, 1n],
    [new Uint8Array([1, 2]), new Uint8Array([0, 1, 2]).subarray(1)],
    [new BigInt64Array([1n]), new BigInt64Array([1n])],
    [new Date(5), new Date(5)],
    [new Map([["a", [1]], ["b", [2]]]), new Map([["b", [2]], ["a", [1]]])],
    [new Set([{ a: 1 }]), new Set([{ a: 1 }])],
    [new Empty(1), new Empty(2)],
    [new Uint8Array([1]).buffer, new Uint8Array([1]).buffer],
    [new URL("a:b"), new URL("a:b")],
    [{ a: undefined }, { a: undefined }],
    [cyclic(), cyclic()],
  ];
  for (const [a, b] of same) assertEquals(a, b);
  const different: [unknown, unknown][] = [
    [1, 1n],
    [1, "1"],
    [null, undefined],
    [new Uint8Array([1]), new Uint8Array([2])],
    [new Uint8Array([1]), new Int8Array([1])],
    [new Uint8Array([1]), [1]],
    [new Date(5), new Date(6)],
    [new Map([["a", 1]]), new Map([["a", 2]])],
    [new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 1 }, { a: 3 }])],
    [new TypeError("a"), new RangeError("a")],
    [new TypeError("a"), new TypeError("b")],
    [{ a: undefined }, {}],
    [{ a: 1 }, { a: 1, b: 2 }],
    [Symbol("a"), Symbol("a")],
    // Their stack is a part of them.
    [new TypeError("a"), new TypeError("a")],
    [new Getter(1), new Getter(2)],
    [new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
    [/a/, /a/g],
    [() => 1, () => 1],
  ];
  for (const [a, b] of different) assertEquals(equal(a, b), false);
});

test("@std/assert: assertEquals() shows the difference", () => {
  const error = assertThrows(
    () => assertEquals({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }, "two pairs"),
    AssertionError,
    "Values are not equal: two pairs",
  );
  // The colors and the commas are nothing that a test relies on.
  const text = stripVTControlCharacters(error.message);
  assertMatch(text, /^- +2,?$/m);
  assertMatch(text, /^\+ +3,?$/m);
});

test("@std/assert: assertRejects() and assertThrows() want the right error", async () => {
  const reject = (error: unknown) => () => Promise.reject(error);
  const error = await assertRejects(
    reject(new TypeError("abc")),
    TypeError,
    "b",
  );
  assertEquals(error.message, "abc");
  await assertRejects(
    () => assertRejects(reject(new Error("abc")), TypeError),
    AssertionError,
    'instance of "TypeError", but was "Error"',
  );
  await assertRejects(
    () => assertRejects(reject(new Error("abc")), Error, "x"),
    AssertionError,
    'to include "x"',
  );
  await assertRejects(
    () => assertRejects(() => Promise.resolve(1)),
    AssertionError,
    "Expected function to reject",
  );
  assertThrows(
    () => assertThrows(() => 1),
    AssertionError,
    "Expected function to throw",
  );
});

test("@std/assert: assertStrictEquals() tells equal objects from the same one", () => {
  const value = { a: 1 };
  assertStrictEquals(value, value);
  assertThrows(
    () => assertStrictEquals(value, { a: 1 }),
    AssertionError,
    "Values have the same structure but are not reference-equal",
  );
  assertThrows(
    () => assertStrictEquals(1, 2),
    AssertionError,
    "Values are not strictly equal",
  );
});

test("@std/assert: the other assertions fail with an AssertionError", () => {
  const failing: (() => void)[] = [
    () => assert(0),
    () => assertFalse(1),
    () => assertNotEquals([1], [1]),
    () => assertInstanceOf({}, Date),
    () => assertGreater(1, 1),
    () => assertGreaterOrEqual(0, 1),
    () => assertLess(1, 1),
    () => assertLessOrEqual(2, 1),
    () => assertMatch("a", /b/),
    () => assertStringIncludes("a", "b"),
  ];
  for (const fail of failing) assertThrows(fail, AssertionError);
  assert(1);
  assertFalse("");
  assertNotEquals([1], [2]);
  assertInstanceOf(new Date(), Date);
  assertGreater(2, 1);
  assertGreaterOrEqual(1, 1);
  assertLess(1, 2);
  assertLessOrEqual(1, 1);
  assertMatch("ab", /b/);
  assertStringIncludes("ab", "b");
});

/** Yields the sources and documents below a folder. */
function* textsIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const { name } = entry;
    if (name.startsWith(".") || name === "node_modules") continue;
    if (entry.isDirectory()) yield* textsIn(`${folder}/${name}`);
    else if (/\.(ts|md)$/.test(name)) {
      yield readFileSync(`${folder}/${name}`, "utf8");
    }
  }
}

test("jsr_offline exports what is imported of @std/assert, and nothing else", () => {
  const imported = new Set<string>();
  const statement = /import (?:type )?\{([^}]*)\} from "@std\/assert"/g;
  for (const text of textsIn(fileURLToPath(new URL("..", import.meta.url)))) {
    for (const [, names] of text.matchAll(statement)) {
      for (const name of names!.matchAll(/\w+/g)) imported.add(name[0]);
    }
  }
  imported.delete("type");
  assertEquals(Object.keys(offlineAssert).sort(), [...imported].sort());
});
