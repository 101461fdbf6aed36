/** The stand-ins must fail where the real packages do. */
import {
  assertAlmostEquals,
  assertEquals,
  AssertionError,
  assertObjectMatch,
  assertRejects,
  assertThrows,
  equal,
} from "@std/assert";
import {
  concatReadableStreams,
  earlyZipReadableStreams,
  mergeReadableStreams,
  TextLineStream,
  toJson,
  toText,
  toTransformStream,
  zipReadableStreams,
} from "@std/streams";
import { test } from "node:test";

const from = <T>(...items: T[]) => ReadableStream.from(items);

test("equal() compares by content", () => {
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
    [new TypeError("a"), new TypeError("a")],
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
  ];
  for (const [a, b] of different) assertEquals(equal(a, b), false);
});

test("assertEquals() shows the difference", () => {
  const error = assertThrows(
    () => assertEquals({ a: 1, b: [1, 2] }, { a: 1, b: [1, 3] }, "two pairs"),
    AssertionError,
    "Values are not equal: two pairs",
  );
  assertEquals(/^- +2$/m.test(error.message), true);
  assertEquals(/^\+ +3$/m.test(error.message), true);
});

test("assertRejects() and assertThrows() want the right error", async () => {
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

test("assertAlmostEquals() and assertObjectMatch() have a limit", () => {
  assertAlmostEquals(0.1 + 0.2, 0.3);
  assertThrows(() => assertAlmostEquals(1, 1.1, 0.01), AssertionError);
  assertObjectMatch({ a: { b: 1, c: 2 } }, { a: { b: 1 } });
  assertThrows(() => assertObjectMatch({ a: 1 }, { b: 1 }), AssertionError);
});

test("streams are combined and read", async () => {
  const all = <T>(stream: ReadableStream<T>) => Array.fromAsync(stream);
  assertEquals(
    await all(concatReadableStreams(from(1, 2), from(3))),
    [1, 2, 3],
  );
  assertEquals(
    (await all(mergeReadableStreams(from(1, 2), from(3)))).toSorted(),
    [1, 2, 3],
  );
  assertEquals(
    await all(zipReadableStreams(from(1, 2, 3), from(4))),
    [1, 4, 2, 3],
  );
  assertEquals(
    await all(earlyZipReadableStreams(from(1, 2, 3), from(4))),
    [1, 4, 2],
  );
  assertEquals(await toJson(from('{"a"', ":1}")), { a: 1 });
  assertEquals(
    await toText(from(new Uint8Array([0xc3]), new Uint8Array([0xa4]))),
    "ä",
  );
  const lines = from("a\r", "\nb", "c\n").pipeThrough(new TextLineStream());
  assertEquals(await all(lines), ["a", "bc"]);
});

test("toTransformStream() passes chunks and errors on", async () => {
  const double = toTransformStream(
    async function* (source: ReadableStream<number>) {
      for await (const value of source) {
        if (value > 2) throw new RangeError("too large");
        yield value * 2;
      }
    },
  );
  const reader = from(1, 2, 3).pipeThrough(double).getReader();
  assertEquals((await reader.read()).value, 2);
  assertEquals((await reader.read()).value, 4);
  await assertRejects(() => reader.read(), RangeError, "too large");
});
