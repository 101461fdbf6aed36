import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  asOffsets,
  NumberReader,
  rebased,
} from "../../internal/arrow/offsets.ts";

/** Offsets of both widths, where 32 bits suffice. */
function both(numbers: readonly number[]) {
  return [Int32Array.from(numbers), BigInt64Array.from(numbers, BigInt)];
}

test("rebased(): the first offset becomes the start, and the last is repeated", () => {
  for (const offsets of both([1000, 1000, 1007, 2 ** 31 - 1])) {
    for (const start of [0, 5]) {
      const numbers = Array.from(rebased(offsets, 3, 5, start), Number);
      assertEquals(numbers, [0, 0, 7, 7, 7].map((offset) => start + offset));
    }
  }
});

test("rebased(): 64 bits suffice for all that arrives in 64 bits", () => {
  const cases = [
    [2n ** 31n - 2n, 2n ** 31n - 1n, 2n ** 31n],
    [2n ** 32n + 5n, 2n ** 32n + 6n, 2n ** 40n],
    [5n, 2n ** 32n + 5n, 2n ** 33n],
    [0n, 2n ** 31n - 1n, 2n ** 32n - 1n],
    // Wrong, and told by the caller, who must see it as it is.
    [9n, 4n, 20n],
    [-9n, -4n, 20n],
    [0n, -(2n ** 63n), 2n ** 63n - 1n],
  ];
  for (const offsets of cases) {
    for (const start of [0, 7, 2 ** 31 - 1]) {
      const shift = offsets[0]! - BigInt(start);
      assertEquals(
        rebased(BigInt64Array.from(offsets), 3, 4, start),
        BigInt64Array.from(
          [...offsets, offsets[2]!],
          (offset) => BigInt.asIntN(64, offset - shift),
        ),
      );
    }
  }
});

test("asOffsets(): numbers beyond 32 bits, and negative ones, in 64 bits", () => {
  const numbers = [0, 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -1, -(2 ** 32) - 3];
  assertEquals(
    asOffsets(Float64Array.from(numbers), 8),
    BigInt64Array.from(numbers, BigInt),
  );
  assertEquals(
    asOffsets(Int32Array.of(0, -2, 2 ** 31 - 1), 8),
    BigInt64Array.of(0n, -2n, 2n ** 31n - 1n),
  );
  assertEquals(asOffsets(Float64Array.of(0, 3), 4), Int32Array.of(0, 3));
});

test("NumberReader: numbers of every width are those of Number()", () => {
  const wide = [0n, -1n, 2n ** 31n, 2n ** 32n - 1n, -(2n ** 40n) + 3n]
    .concat([2n ** 53n + 3n, 2n ** 63n - 1n, -(2n ** 63n)]);
  const reader = new NumberReader(BigInt64Array.from(wide).subarray(1));
  for (let i = 1; i < wide.length; i++) {
    assertEquals(reader.at(i - 1), Number(wide[i]));
  }
  assertEquals(new NumberReader(Int16Array.of(4, -7)).at(1), -7);
});
