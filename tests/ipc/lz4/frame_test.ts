import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { test } from "node:test";
import { concatBytes } from "../../../internal/base/bytes.ts";
import { encodeBlock } from "../../../internal/ipc/compression/lz4/block_encoder.ts";
import {
  decodeFrame,
  encodeFrame,
} from "../../../internal/ipc/compression/lz4/frame.ts";
import { xxh32 } from "../../../internal/ipc/compression/lz4/xxh32.ts";
import { CONTENTS, mixed, random } from "./contents.ts";

/** Bytes for {@linkcode frame}, more than a block of 64 KiB. */
const BYTES = mixed(100_000, 1);

interface FrameInit {
  flags: number;
  bytes?: Uint8Array;
  /** Value of the content size. */
  size?: number;
  /** Stores blocks as they are. */
  stored?: boolean;
  /** Is added to checksums. */
  wrong?: "header" | "block" | "content";
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  return bytes;
}

/** A frame by hand, of blocks of 64 KiB. */
function frame(init: FrameInit): Uint8Array {
  const { flags, bytes = BYTES, wrong } = init;
  const parts: Uint8Array[] = [];
  const descriptor: number[] = [flags, 0x40];
  if (flags & 8) {
    const size = word(init.size ?? bytes.length);
    descriptor.push(...size, 0, 0, 0, 0);
  }
  const hash = xxh32(Uint8Array.from(descriptor)) >>> 8;
  parts.push(
    word(0x184d2204),
    Uint8Array.from([...descriptor, hash + (wrong === "header" ? 1 : 0)]),
  );
  for (let start = 0; start < bytes.length; start += 65_536) {
    const end = Math.min(start + 65_536, bytes.length);
    let block = bytes.subarray(start, end);
    if (init.stored) parts.push(word(block.length + 0x8000_0000), block);
    else {
      const target = new Uint8Array(70_000);
      block = target.subarray(
        0,
        encodeBlock(bytes, start, end, target, 0, 70_000),
      );
      parts.push(word(block.length), block);
    }
    if (flags & 16) {
      parts.push(word(xxh32(block) + (wrong === "block" ? 1 : 0)));
    }
  }
  parts.push(word(0));
  if (flags & 4) parts.push(word(xxh32(bytes) + (wrong === "content" ? 1 : 0)));
  return concatBytes(parts);
}

function decode(frame: Uint8Array, length: number): Uint8Array {
  const target = new Uint8Array(length);
  decodeFrame(frame, target);
  return target;
}

for (const [name, bytes] of Object.entries(CONTENTS)) {
  test(`LZ4 frame: ${name} in a frame`, () => {
    const frame = encodeFrame(bytes);
    if (frame === undefined) {
      return assert(/one byte|random|short|far/.test(name));
    }
    assertLess(frame.length, bytes.length);
    assertEquals(decode(frame, bytes.length), bytes);
  });
}

test("LZ4 frame: a frame of several blocks, one of which is stored", () => {
  const bytes = new Uint8Array(9 << 20);
  bytes.set(random(4 << 20, 2), 4 << 20);
  const frame = encodeFrame(bytes)!;
  assertLess(frame.length, 5 << 20);
  // Too large to be compared by assertEquals in reasonable time.
  const copy = decode(frame, bytes.length);
  assert(copy.every((byte, i) => byte === bytes[i]));
});

test("LZ4 frame: what does not shrink is given up", () => {
  for (const length of [0, 1, 15, 19, 20, 100, 70_000]) {
    assertEquals(encodeFrame(random(length, length)), undefined);
  }
});

// Version 1, with and without: 0x20 independent blocks, 0x10 block checksums, 8 size, 4 checksum.
for (const flags of [0x40, 0x60, 0x70, 0x48, 0x44, 0x7c, 0x5c]) {
  for (const stored of [false, true]) {
    const kind = stored ? "stored" : "compressed";
    test(`LZ4 frame: a frame of ${kind} blocks, FLG 0x${flags.toString(16)}`, () => {
      const bytes = decode(frame({ flags, stored }), BYTES.length);
      assert(bytes.every((byte, i) => byte === BYTES[i]));
    });
  }
}

test("LZ4 frame: a frame without content", () => {
  assertEquals(
    decode(frame({ flags: 0x60, bytes: new Uint8Array() }), 0).length,
    0,
  );
});

const MALFORMED: [name: string, frame: Uint8Array, problem: string][] = [
  ["no bytes", new Uint8Array(0), "the frame ends early, after 0 bytes"],
  ["another magic number", frame({ flags: 0x60 }).fill(0, 0, 1), "no magic"],
  ["a legacy magic number", word(0x184c2102), "the frame ends early"],
  ["version 2", frame({ flags: 0x80 }), "unknown version"],
  ["a reserved bit", frame({ flags: 0x62 }), "unknown version"],
  ["a dictionary", frame({ flags: 0x61 }), "needs a dictionary"],
  ["another size", frame({ flags: 0x68, size: 99_999 }), "has 99999 bytes"],
  ["a wrong header", frame({ flags: 0x60, wrong: "header" }), "frame's header"],
  ["a wrong block", frame({ flags: 0x70, wrong: "block" }), "of a block"],
  ["wrong content", frame({ flags: 0x64, wrong: "content" }), "of the content"],
  [
    "less content",
    frame({ flags: 0x60, bytes: BYTES.subarray(1) }),
    "it has 99999 bytes instead of 100000",
  ],
  [
    "more content",
    frame({ flags: 0x60, bytes: mixed(100_001, 1), stored: true }),
    "it has more than the 100000 bytes it should have",
  ],
  [
    "bytes after it",
    concatBytes([frame({ flags: 0x60 }), Uint8Array.of(1)]),
    "1 bytes follow the frame",
  ],
  ["a block that is too large", tooLarge(), "a block has 65537 bytes"],
];
for (const [name, bytes, problem] of MALFORMED) {
  test(`LZ4 frame: a frame with ${name} is refused`, () => {
    assertThrows(() => decode(bytes, BYTES.length), RangeError, problem);
  });
}

function tooLarge(): Uint8Array {
  const bytes = frame({ flags: 0x60, stored: true });
  bytes.set(word(65_537 + 0x8000_0000), 7);
  return bytes;
}

test("LZ4 frame: a frame that is cut anywhere is refused", () => {
  const whole = frame({ flags: 0x7c, bytes: BYTES.subarray(0, 500) });
  for (let length = 0; length < whole.length; length++) {
    assertThrows(() => decode(whole.subarray(0, length), 500), RangeError);
  }
});

test("LZ4 frame: a byte that is wrong in a frame with checksums is found", () => {
  const whole = frame({ flags: 0x7c, bytes: BYTES.subarray(0, 500) });
  for (let at = 0; at < whole.length; at++) {
    const wrong = whole.slice();
    wrong[at]! ^= 0x10;
    assertThrows(() => decode(wrong, 500), RangeError);
  }
});
