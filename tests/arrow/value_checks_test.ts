import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  areWithin,
  ascends,
  checkViews,
  firstBadIndex,
  firstBadUnionRow,
  firstDescent,
  type Offsets,
} from "../../internal/arrow/checks/value_checks.ts";
import { SimdKernel } from "../../internal/arrow/checks/simd_kernel.ts";
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

test("value checks: the kernel and JavaScript agree about offsets and indices of any length", () => {
  const kernel = SimdKernel.make();
  assert(kernel !== undefined, "there is no WebAssembly here");
  const next = seededRandom(7);
  for (let round = 0; round < 1500; round++) {
    // From nothing to several blocks.
    const count = Math.trunc(next() * (round % 50 === 0 ? 20_000 : 40));
    const values = new Int32Array(count + 1);
    for (let i = 1; i <= count; i++) {
      values[i] = values[i - 1]! + next() * 1000;
    }
    const isBad = count > 0 && next() < 0.5;
    const at = 1 + Math.trunc(next() * count);
    const broken = [-1, -(2 ** 31), values[at - 1]! - 1][round % 3]!;
    if (isBad) values[at] = broken;
    const wide = BigInt64Array.from(values, BigInt);
    const isWrong = isBad && broken < values[at - 1]!;
    for (const offsets of [values, wide]) {
      for (const engine of [kernel, null]) {
        assertEquals(ascends(offsets, count, engine), !isWrong);
      }
    }
    const last = Math.max(0, ...values);
    const isNegative = values.some((value) => value < 0);
    for (const indices of [values, new Uint32Array(values.buffer), wide]) {
      for (const engine of [kernel, null]) {
        assertEquals(areWithin(indices, count + 1, last, engine), !isNegative);
        assertEquals(
          areWithin(indices, count + 1, last - 1, engine),
          false,
        );
      }
    }
  }
});

test("value checks: the kernel knows wide offsets beyond 32 bits", () => {
  const kernel = SimdKernel.make()!;
  const offsets = wide(0, 2 ** 31, 2 ** 33, 2 ** 53, 2 ** 53, 2 ** 53 + 2);
  assert(kernel.ascends64(offsets, 5));
  offsets[3] = 2n ** 33n - 1n;
  assert(!kernel.ascends64(offsets, 5));
});

test("value checks: long offsets are checked to the last", () => {
  for (const type of [Int32Array, BigInt64Array]) {
    for (const length of [255, 256, 257, 4096, 4097, 10_001]) {
      const offsets = new type(length + 1);
      assertEquals(firstDescent(offsets, length), -1);
      offsets[length - 1] = (type === Int32Array ? 1 : 1n) as never;
      assertEquals(firstDescent(offsets, length), length);
    }
  }
});

test("value checks: the first bad row of a union", () => {
  const ids = Int32Array.of(3, 127);
  const rows = (...typeIds: number[]) => Int8Array.from(typeIds);
  const sparse = (typeIds: Int8Array) =>
    firstBadUnionRow(typeIds, undefined, typeIds.length, ids, [9, 9]);
  assertEquals(sparse(rows(3, 127, 3)), -1);
  assertEquals(sparse(rows(3, 4, 3)), 1);
  assertEquals(sparse(rows(3, 127, -1)), 2);
  assertEquals(sparse(rows(-125)), 0);
  const dense = (typeIds: Int8Array, ...offsets: number[]) =>
    firstBadUnionRow(
      typeIds,
      Int32Array.from(offsets),
      typeIds.length,
      ids,
      [2, 0],
    );
  assertEquals(dense(rows(3, 3), 0, 1), -1);
  assertEquals(dense(rows(3, 3), 0, 2), 1);
  assertEquals(dense(rows(3, 3), 0, -1), 1);
  assertEquals(dense(rows(3, 3), -(2 ** 31), 1), 0);
  assertEquals(dense(rows(127), 0), 0);
  assertEquals(dense(rows(5), 0), 0);
  assertEquals(dense(rows(-1), 0), 0);
});

test("value checks: the bytes of views, and the first that refers to missing ones", () => {
  const buffers = [new Uint8Array(30), new Uint8Array(100)];
  const viewsOf = (...rows: [number, number, number][]) => {
    const words = new Int32Array(4 * rows.length);
    rows.forEach(([length, buffer, offset], row) => {
      words.set([length, 0, buffer, offset], 4 * row);
    });
    return new Uint8Array(words.buffer);
  };
  const check = (
    views: Uint8Array,
    validity = new Uint8Array(0),
    most = 10 ** 9,
  ) => checkViews(views, views.byteLength / 16, validity, buffers, most);
  const good = viewsOf([12, 9, 9], [30, 0, 0], [20, 1, 80], [0, -1, -1]);
  assertEquals(check(good), { badRow: -1, bytes: 50 });
  // Rows at an address that is not a multiple of 4 are read in another way.
  const shifted = new Uint8Array(good.byteLength + 1);
  shifted.set(good, 1);
  assertEquals(check(shifted.subarray(1)), { badRow: -1, bytes: 50 });
  // Bytes of null rows do not count beyond the limit.
  assertEquals(check(good, Uint8Array.of(0b1101), 40), {
    badRow: -1,
    bytes: 20,
  });
  const max = 2 ** 31 - 1;
  const bad: [number, number, number][] = [
    [-1, 0, 0],
    [-(2 ** 31), 0, 0],
    [13, 2, 0],
    [13, -1, 0],
    [31, 0, 0],
    [13, 0, 18],
    [13, 0, -1],
    [max, 0, max],
    [max, 1, 1],
  ];
  for (const row of bad) {
    const views = viewsOf([13, 1, 0], row);
    assertEquals(check(views), { badRow: 1, bytes: 13 }, String(row));
    assertEquals(check(views, Uint8Array.of(0b01)), { badRow: -1, bytes: 13 });
  }
});
