import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { decodeBlock } from "../../../internal/ipc/compression/lz4/block_decoder.ts";
import { encodeBlock } from "../../../internal/ipc/compression/lz4/block_encoder.ts";
import {
  decodeFrame,
  encodeFrame,
} from "../../../internal/ipc/compression/lz4/frame.ts";
import {
  MAX_WASM_BYTES,
  wasmBlocks,
} from "../../../internal/ipc/compression/lz4/wasm_blocks.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { assertSame, CONTENTS, mixed, random } from "./contents.ts";

const blocks = wasmBlocks()!;

/** The most that a block can take: each 255 bytes of literals one more. */
function bound(length: number): number {
  return length + (length >> 7) + 16;
}

/** A block by WebAssembly. */
function encode(bytes: Uint8Array): Uint8Array {
  blocks.begin(bytes, bound(bytes.length));
  const length = blocks.encode(bytes.length);
  assert(length > 0);
  return blocks.output(length).slice();
}

/** A block by JavaScript. */
function encodeOther(bytes: Uint8Array): Uint8Array {
  const target = new Uint8Array(bound(bytes.length));
  const end = encodeBlock(bytes, 0, bytes.length, target, 0, target.length);
  return target.slice(0, end);
}

/** The contents of a block by WebAssembly; undefined if it is malformed. */
function decode(block: Uint8Array, length: number): Uint8Array | undefined {
  blocks.begin(block, length);
  const end = blocks.decode(0, block.length, 0, 0);
  return end < 0 ? undefined : blocks.output(end).slice();
}

/** The contents by JavaScript. */
function decodeOther(
  block: Uint8Array,
  length: number,
): Uint8Array | undefined {
  const target = new Uint8Array(length);
  try {
    return target.slice(
      0,
      decodeBlock(block, 0, block.length, target, 0, 0),
    );
  } catch (error) {
    assert(error instanceof RangeError, String(error));
    return undefined;
  }
}

for (const [name, bytes] of Object.entries(CONTENTS)) {
  test(`LZ4 by WebAssembly: ${name} between both codecs`, () => {
    const block = encode(bytes);
    assertSame(decode(block, bytes.length), bytes);
    assertSame(decodeOther(block, bytes.length), bytes);
    assertSame(decode(encodeOther(bytes), bytes.length), bytes);
  });
}

test("LZ4 by WebAssembly: contents of every length up to 300", () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = mixed(length, length);
    const block = encode(bytes);
    assertSame(decode(block, length), bytes);
    assertSame(decodeOther(block, length), bytes);
  }
});

test("LZ4 by WebAssembly: a block that does not fit is given up", () => {
  for (const bytes of [random(1000, 4), mixed(1000, 5), CONTENTS.zeros!]) {
    const { length } = encode(bytes);
    for (let limit = 0; limit < length; limit++) {
      blocks.begin(bytes, limit);
      assertEquals(blocks.encode(bytes.length), -1);
    }
  }
});

test("LZ4 by WebAssembly: wrong bytes mean the same to both codecs", () => {
  const next = seededRandom(6);
  const bytes = mixed(3000, 7);
  const good = encode(bytes);
  let [right, wrong] = [0, 0];
  for (let round = 0; round < 5000; round++) {
    const block = good.slice(0, 1 + next() * good.length);
    for (let count = next() * 4; count > 0; count--) {
      block[Math.floor(next() * block.length)] = next() * 256;
    }
    const length = 2900 + Math.floor(next() * 200);
    const expected = decodeOther(block, length);
    const found = decode(block, length);
    if (expected === undefined) {
      assertEquals(found, undefined);
      wrong++;
    } else {
      assertSame(found, expected);
      right++;
    }
  }
  assert(right > 100 && wrong > 100, `${right} right, ${wrong} wrong`);
});

test("LZ4 by WebAssembly: matches of every offset and length, near an end or not", () => {
  const filler = random(200, 9);
  for (let offset = 1; offset <= 34; offset++) {
    for (let length = 4; length <= 84; length++) {
      for (const rest of [5, 12, 40]) {
        const block = matchBlock(filler.subarray(0, offset), length, rest);
        const bytes = offset + length + rest;
        assertSame(decode(block, bytes), decodeOther(block, bytes)!);
        // It does not fit, or leads before the output.
        assertEquals(decode(block, bytes - 1), undefined);
        block[
          block.length - rest - (rest < 15 ? 1 : 2) - extras(length) - 2
        ]!++;
        assertEquals(decode(block, bytes), undefined);
      }
    }
  }
});

/** Bytes of the length of a match after its offset. */
function extras(length: number): number {
  return length >= 19 ? 1 : 0;
}

/** Literals, a match of all of them and further bytes, and `rest` literals. */
function matchBlock(
  literals: Uint8Array,
  length: number,
  rest: number,
): Uint8Array {
  const count = literals.length;
  const last = random(rest, 10);
  return Uint8Array.from([
    Math.min(count, 15) << 4 | Math.min(length - 4, 15),
    ...count >= 15 ? [count - 15] : [],
    ...literals,
    count,
    0,
    ...length >= 19 ? [length - 19] : [],
    Math.min(rest, 15) << 4,
    ...rest >= 15 ? [rest - 15] : [],
    ...last,
  ]);
}

test("LZ4 by WebAssembly: no bytes of another buffer come out", () => {
  encode(random(100_000, 1));
  // An offset of 1 at the beginning would lead before the output.
  assertEquals(decode(Uint8Array.of(0x00, 1, 0, 0x00), 100), undefined);
  // Literals that the block does not have.
  assertEquals(decode(Uint8Array.of(0x50, 1, 2), 100), undefined);
});

test("LZ4 by WebAssembly: frames larger than its memory are as before", () => {
  const bytes = mixed(MAX_WASM_BYTES + 1, 8);
  const small = bytes.subarray(1);
  for (const one of [bytes, small]) {
    const frame = encodeFrame(one)!;
    const copy = new Uint8Array(one.length);
    decodeFrame(frame, copy);
    assertSame(copy, one);
  }
});
