import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  firstBadIndex,
  firstDescent,
  type Offsets,
} from "../../internal/arrow/value_checks.ts";
import { seededRandom } from "../support/seeded_random.ts";

function narrow(...values: number[]): Int32Array {
  return Int32Array.from(values);
}

function wide(...values: (number | bigint)[]): BigInt64Array {
  return BigInt64Array.from(values, BigInt);
}

/** One by one, as the format says it. */
function slowly(offsets: Offsets, count: number): number {
  for (let i = 1; i <= count; i++) if (offsets[i]! < offsets[i - 1]!) return i;
  return -1;
}

const CASES: [name: string, offsets: Offsets, wanted: number][] = [
  ["none", narrow(0), -1],
  ["all the same", narrow(5, 5, 5), -1],
  ["ascending", narrow(0, 1, 1, 9), -1],
  ["a descent", narrow(0, 3, 2, 9), 2],
  ["one that is negative", narrow(0, -1, 2), 1],
  ["the least number, whose difference overflows", narrow(7, -(2 ** 31), 9), 1],
  ["the greatest number", narrow(0, 2 ** 31 - 1, 2 ** 31 - 1), -1],
  ["from the greatest to the least", narrow(2 ** 31 - 1, -(2 ** 31), 1), 1],
  ["wide: ascending", wide(0, 1, 1, 9), -1],
  ["wide: a descent", wide(0, 3, 2, 9), 2],
  ["wide: more than 31 bits", wide(0, 2 ** 31, 2 ** 33, 2 ** 53), -1],
  ["wide: a descent beyond 32 bits", wide(0, 2 ** 33 + 5, 2 ** 33 + 4), 2],
  ["wide: a descent of the high half", wide(0, 2 ** 33, 2 ** 32 + 5), 2],
  ["wide: one that is negative", wide(0, -1, 5), 1],
  ["wide: from 32 bits on", wide(2 ** 31 + 1, 2 ** 31, 2 ** 31 + 2), 1],
  ["wide: the least number", wide(3, -(2n ** 63n), 5), 1],
];
for (const [name, offsets, wanted] of CASES) {
  test(`value checks: the first descent of offsets: ${name}`, () => {
    assertEquals(firstDescent(offsets, offsets.length - 1), wanted);
  });
}

test("value checks: offsets after the last do not count", () => {
  assertEquals(firstDescent(narrow(0, 1, 0), 1), -1);
  assertEquals(firstDescent(wide(0, 1, 0), 1), -1);
});

test("value checks: the first descent of any offsets", () => {
  const next = seededRandom(1);
  for (let round = 0; round < 2000; round++) {
    const scale = 2 ** (next() * 40);
    const values = [0];
    for (let i = 0; i < 20; i++) {
      const step = next() < 0.02 ? -next() * scale : next() * scale;
      values.push(Math.trunc(values.at(-1)! + step));
    }
    const offsets = [narrow(...values), wide(...values)];
    for (const array of offsets) {
      array[0] = (array instanceof Int32Array ? 0 : 0n) as never;
      assertEquals(firstDescent(array, 20), slowly(array, 20));
    }
  }
});

test("value checks: the first index beyond a dictionary, of every width", () => {
  const every = new Uint8Array(0);
  for (
    const type of [
      Int8Array,
      Uint8Array,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
    ]
  ) {
    const indices = type.of(0, 2, 3, 1);
    assertEquals(firstBadIndex(indices, 4, every, 4), -1);
    assertEquals(firstBadIndex(indices, 4, every, 3), 2);
    assertEquals(firstBadIndex(indices, 2, every, 3), -1);
    // A null value refers to nothing.
    assertEquals(firstBadIndex(indices, 4, Uint8Array.of(0b1011), 3), -1);
  }
  for (const type of [BigInt64Array, BigUint64Array]) {
    const indices = type.of(0n, 2n, 2n ** 32n, 1n);
    assertEquals(firstBadIndex(indices, 4, every, 3), 2);
    assertEquals(firstBadIndex(indices, 4, Uint8Array.of(0b1011), 3), -1);
  }
  assertEquals(firstBadIndex(Int8Array.of(-1), 1, every, 200), 0);
  assertEquals(firstBadIndex(BigInt64Array.of(-1n), 1, every, 200), 0);
});
