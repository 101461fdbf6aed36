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
  refersToRows,
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

/** Fewest numbers of the tests of the kernel: it takes 64 bytes at a time. */
const LEAST = 64;

/** A number of rows from `LEAST` to several blocks of the kernel. */
function kernelCount(next: () => number, round: number): number {
  return LEAST + Math.trunc(next() * (round % 20 === 0 ? 40_000 : 300));
}

test("value checks: the kernel and JavaScript agree about offsets of any length", () => {
  const kernel = SimdKernel.make();
  assert(kernel !== undefined, "there is no WebAssembly here");
  const next = seededRandom(7);
  for (let round = 0; round < 600; round++) {
    const count = kernelCount(next, round);
    // Not at the beginning of their memory, nor at its end.
    const values = new Int32Array(count + 9).subarray(3, count + 4);
    for (let i = 1; i <= count; i++) {
      values[i] = values[i - 1]! + next() * 1000;
    }
    const isBad = next() < 0.5;
    const at = 1 + Math.trunc(next() * count);
    const broken = [-1, -(2 ** 31), values[at - 1]! - 1][round % 3]!;
    if (isBad) values[at] = broken;
    const isWrong = isBad && broken < values[at - 1]!;
    for (const offsets of [values, BigInt64Array.from(values, BigInt)]) {
      for (const engine of [kernel, null]) {
        assertEquals(ascends(offsets, count, engine), !isWrong);
      }
    }
  }
});

test("value checks: the kernel and JavaScript agree about indices of any type and length", () => {
  const kernel = SimdKernel.make()!;
  const next = seededRandom(8);
  const types = [
    Int8Array,
    Uint8Array,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    BigInt64Array,
    BigUint64Array,
  ];
  for (let round = 0; round < 400; round++) {
    const count = kernelCount(next, round);
    for (const type of types) {
      const bits = Math.min(31, 8 * type.BYTES_PER_ELEMENT);
      const isBig = type === BigInt64Array || type === BigUint64Array;
      const set = (at: number, value: number) =>
        indices[at] = (isBig ? BigInt(value) : value) as never;
      const indices = new type(count + 5).subarray(2, count + 2);
      const most = Math.trunc(next() * 2 ** (bits - 1));
      for (let row = 0; row < count; row++) {
        set(row, Math.trunc(next() * (most + 1)));
      }
      const at = Math.trunc(next() * count);
      // The largest one, one too many, and the largest and smallest of the type.
      const wild = [most, most + 1, -1, -(2 ** (bits - 1))][round % 4]!;
      if (round % 5 > 0) set(at, wild);
      for (const last of [most, 2 ** bits - 1]) {
        const expected = indices.every((index) => index >= 0 && index <= last);
        for (const engine of [kernel, null]) {
          assertEquals(
            areWithin(indices, count, last, engine),
            expected,
            `${type.name}, ${indices[at]} of ${last}`,
          );
        }
      }
    }
  }
});

test("value checks: the kernel and JavaScript agree about unions of any length", () => {
  const kernel = SimdKernel.make()!;
  const next = seededRandom(9);
  for (let round = 0; round < 600; round++) {
    const count = kernelCount(next, round);
    const ids = [0, 1, 2, 5, 15].filter(() => next() < 0.7);
    if (ids.length === 0) ids.push(3);
    const lasts = new Int32Array(256).fill(-1);
    for (const id of ids) lasts[id] = next() * 2 ** (1 + 30 * next());
    const typeIds = new Int8Array(count + 5).subarray(1, count + 1);
    const offsets = new Int32Array(count);
    for (let row = 0; row < count; row++) {
      const id = ids[Math.trunc(next() * ids.length)]!;
      typeIds[row] = id;
      offsets[row] = next() * (lasts[id]! + 1);
    }
    const at = Math.trunc(next() * count);
    const wrong = [-1, -128, 7, 16, 127, 31][round % 6]!;
    if (round % 4 === 1) typeIds[at] = wrong;
    if (round % 4 === 2) offsets[at] = lasts[typeIds[at]!]! + 1;
    if (round % 4 === 3) offsets[at] = round % 8 === 3 ? -1 : -(2 ** 31);
    const isMissing = typeIds.some((id) => !ids.includes(id));
    const isBeyond = offsets.some((offset, row) =>
      offset < 0 || offset > lasts[typeIds[row]! & 255]!
    );
    for (const engine of [kernel, null]) {
      assertEquals(
        refersToRows(typeIds, undefined, count, lasts, engine),
        !isMissing,
      );
      assertEquals(
        refersToRows(typeIds, offsets, count, lasts, engine),
        !isMissing && !isBeyond,
      );
    }
  }
});

test("value checks: the kernel knows wide offsets beyond 32 bits", () => {
  const kernel = SimdKernel.make()!;
  const offsets = new BigInt64Array(LEAST + 1).fill(2n ** 53n);
  offsets.set(wide(0, 2 ** 31, 2 ** 33, 2 ** 53, 2 ** 53, 2 ** 53));
  assert(kernel.ascends64(offsets, LEAST));
  offsets[3] = 2n ** 33n - 1n;
  assert(!kernel.ascends64(offsets, LEAST));
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

test("value checks: the first bad row of long indices and unions", () => {
  const none = new Uint8Array();
  for (const length of [255, 256, 257, 319, 4096, 16_385, 40_001]) {
    for (const type of [Int8Array, Uint8Array, Int16Array, Uint16Array]) {
      for (const row of [0, length >> 1, length - 1]) {
        const indices = new type(length);
        assertEquals(firstBadIndex(indices, length, none, 9), -1);
        indices[row] = 9;
        assertEquals(firstBadIndex(indices, length, none, 9), row);
        indices[row] = -1;
        assertEquals(firstBadIndex(indices, length, none, 200), row);
      }
    }
    for (const ids of [Int32Array.of(0, 1), Int32Array.of(0, 16)]) {
      for (const row of [0, length >> 1, length - 1]) {
        const typeIds = new Int8Array(length);
        const offsets = new Int32Array(length);
        const bad = (of?: Int32Array) =>
          firstBadUnionRow(typeIds, of, length, ids, [5, 5]);
        assertEquals([bad(), bad(offsets)], [-1, -1]);
        offsets[row] = 5;
        assertEquals([bad(), bad(offsets)], [-1, row]);
        typeIds[row] = 2;
        assertEquals([bad(), bad(offsets)], [row, row]);
      }
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
