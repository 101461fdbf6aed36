import { assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  bitmapBytes,
  getBit,
  sliceBitmap,
} from "../../internal/arrow/bitmap.ts";
import { seededRandom } from "../support/seeded_random.ts";

test("bitmapBytes rounds up", () => {
  assertEquals([0, 1, 8, 9, 2 ** 31 - 1].map(bitmapBytes), [
    0,
    1,
    1,
    2,
    2 ** 28,
  ]);
});

test("sliceBitmap gives the bits from an offset on", () => {
  const random = seededRandom(1);
  const bitmap = Uint8Array.from({ length: 20 }, () => random() * 256);
  for (let offset = 0; offset < 40; offset++) {
    for (let length = 0; offset + length <= 160; length += 7) {
      const slice = sliceBitmap(bitmap, offset, length);
      assertEquals(slice.byteLength, bitmapBytes(length));
      for (let i = 0; i < length; i++) {
        assertEquals(getBit(slice, i), getBit(bitmap, offset + i));
      }
    }
  }
});

test("sliceBitmap is a view where it can be", () => {
  const bitmap = new Uint8Array(20);
  assertEquals(sliceBitmap(bitmap, 16, 9).buffer === bitmap.buffer, true);
  assertEquals(sliceBitmap(bitmap, 16, 9).byteOffset, 2);
});

test("sliceBitmap takes what a bitmap that is too short has", () => {
  const bitmap = Uint8Array.of(255);
  assertEquals(Array.from(sliceBitmap(bitmap, 3, 20)), [31, 0, 0]);
  assertEquals(Array.from(sliceBitmap(bitmap, 8, 20)), []);
  assertEquals(Array.from(sliceBitmap(bitmap, 19, 20)), [0, 0, 0]);
});

test("getBit is false beyond the end", () => {
  assertEquals(getBit(Uint8Array.of(255), 7), true);
  assertEquals(getBit(Uint8Array.of(255), 8), false);
});
