import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { test } from "node:test";
import { decodeBlock } from "../../../internal/ipc/compression/lz4/block_decoder.ts";
import { encodeBlock } from "../../../internal/ipc/compression/lz4/block_encoder.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { CONTENTS, mixed, random } from "./contents.ts";

/** The most that a block can take: each 255 bytes of literals one more. */
function bound(length: number): number {
  return length + Math.ceil(length / 255) + 16;
}

function encode(bytes: Uint8Array): Uint8Array {
  const target = new Uint8Array(bound(bytes.length));
  const end = encodeBlock(bytes, 0, bytes.length, target, 0, target.length);
  assert(end > 0);
  return target.subarray(0, end);
}

function decode(block: Uint8Array, length: number): Uint8Array {
  const target = new Uint8Array(length);
  assertEquals(decodeBlock(block, 0, block.length, target, 0, 0), length);
  return target;
}

for (const [name, bytes] of Object.entries(CONTENTS)) {
  test(`LZ4 block: ${name} in a block`, () => {
    assertEquals(decode(encode(bytes), bytes.length), bytes);
  });
}

test("LZ4 block: contents of every length up to 300 in a block", () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = mixed(length, length);
    assertEquals(decode(encode(bytes), length), bytes);
  }
});

test("LZ4 block: a part of an array in a part of another", () => {
  const bytes = mixed(5000, 3);
  const target = new Uint8Array(bound(4000) + 100);
  const end = encodeBlock(bytes, 500, 4500, target, 70, target.length);
  const copy = new Uint8Array(4020).fill(9);
  assertEquals(
    decodeBlock(target, 70, end, copy.subarray(10, 4010), 0, 0),
    4000,
  );
  assertEquals(copy.subarray(10, 4010), bytes.subarray(500, 4500));
  assert(copy.subarray(0, 10).every((byte) => byte === 9));
  assert(copy.subarray(4010).every((byte) => byte === 9));
});

test("LZ4 block: what repeats takes less", () => {
  assertLess(encode(CONTENTS.zeros!).length, 1000);
  assertLess(encode(CONTENTS["sorted numbers"]!).length, 60_000);
  assertLess(encode(CONTENTS["a long text"]!).length, 10_000);
});

test("LZ4 block: a block that does not fit is given up", () => {
  for (const bytes of [random(1000, 4), mixed(1000, 5), CONTENTS.zeros!]) {
    const { length } = encode(bytes);
    const target = new Uint8Array(length + 100).fill(9);
    for (let limit = 0; limit < length; limit += 1 + (limit >> 4)) {
      assertEquals(encodeBlock(bytes, 0, bytes.length, target, 0, limit), -1);
      assert(target.subarray(limit).every((byte) => byte === 9));
    }
  }
});

test("LZ4 block: a block may refer to what comes before it", () => {
  const target = new Uint8Array(20);
  target.set([1, 2, 3, 4, 5]);
  // Four literals fewer: a match of 5 at offset 5, then the literal 7.
  const block = Uint8Array.of(0x01, 5, 0, 0x10, 7);
  assertEquals(decodeBlock(block, 0, 5, target, 5, 0), 11);
  assertEquals([...target.subarray(5, 11)], [1, 2, 3, 4, 5, 7]);
  assertThrows(
    () => decodeBlock(block, 0, 5, target, 5, 1),
    RangeError,
    "offset 5 leads before the data",
  );
});

const MALFORMED: [name: string, block: number[], problem: string][] = [
  ["nothing", [], "the block has no last literals"],
  ["literals that are cut off", [0x50, 1, 2, 3, 4], "literals are cut off"],
  ["a length that is cut off", [0xf0], "a length is cut off"],
  ["a long length that is cut off", [0xf0, 255, 255], "a length is cut off"],
  ["an offset that is cut off", [0x10, 1, 1], "an offset is cut off"],
  ["an offset of 0", [0x10, 1, 0, 0, 0], "offset 0 leads before the data"],
  ["an offset too far", [0x10, 1, 2, 0, 0], "offset 2 leads before the data"],
  ["a match that is cut off", [0x1f, 1, 1, 0], "a length is cut off"],
  ["no literals after a match", [0x11, 1, 1, 0], "no last literals"],
  [
    "more literals than there is room for",
    [0xf0, 40, ...new Array(55).fill(0)],
    "it has more than the 50 bytes it should have",
  ],
  [
    "a match longer than there is room for",
    [0x1f, 1, 1, 0, 31, 0],
    "it has more than the 50 bytes it should have",
  ],
];
for (const [name, block, problem] of MALFORMED) {
  test(`LZ4 block: a block with ${name} is refused`, () => {
    const bytes = Uint8Array.from(block);
    assertThrows(
      () => decodeBlock(bytes, 0, bytes.length, new Uint8Array(50), 0, 0),
      RangeError,
      problem,
    );
  });
}

test("LZ4 block: blocks with wrong bytes do no harm", () => {
  const next = seededRandom(6);
  const bytes = mixed(3000, 7);
  const good = encode(bytes);
  for (let round = 0; round < 3000; round++) {
    const block = good.slice(0, 1 + next() * good.length);
    for (let count = next() * 4; count > 0; count--) {
      block[Math.floor(next() * block.length)] = next() * 256;
    }
    const all = new Uint8Array(3100).fill(9);
    const target = all.subarray(50, 3050);
    try {
      const end = decodeBlock(block, 0, block.length, target, 0, 0);
      assert(end <= target.length);
    } catch (error) {
      assert(error instanceof RangeError, String(error));
    }
    assert(all.subarray(0, 50).every((byte) => byte === 9));
    assert(all.subarray(3050).every((byte) => byte === 9));
  }
});
