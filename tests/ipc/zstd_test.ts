import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  decodeZstd,
  encodeZstd,
} from "../../internal/ipc/compression/zstd/frame.ts";
import {
  wholeFrameSize,
  withSize,
} from "../../internal/ipc/compression/zstd/frame_size.ts";
import { KeptContext } from "../../internal/ipc/compression/zstd/kept_context.ts";
import {
  zstdLibrary,
  type ZstdStream,
} from "../../internal/ipc/compression/zstd/library.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { assertSame, CONTENTS, mixed, random } from "./lz4/contents.ts";

const { zstdCompressSync, zstdDecompressSync, constants } = zstdLibrary()!;

/** A frame by the functions of the runtime. */
function encodeOther(bytes: Uint8Array, level = 1): Uint8Array {
  return zstdCompressSync(bytes, {
    chunkSize: bytes.byteLength + (bytes.byteLength >>> 7) + 64,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
}

/** The contents by the functions of the runtime; undefined if the frame is malformed. */
function decodeOther(
  frame: Uint8Array,
  length: number,
): Uint8Array | undefined {
  try {
    const bytes = zstdDecompressSync(frame, {
      chunkSize: Math.max(length, 64),
      maxOutputLength: Math.max(length, 1),
    });
    return bytes.byteLength === length ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function decode(frame: Uint8Array, length: number): Uint8Array | undefined {
  const target = new Uint8Array(length);
  try {
    decodeZstd(frame, target);
    return target;
  } catch (error) {
    assert(error instanceof RangeError, String(error));
    return undefined;
  }
}

/** A frame that lacks the size of its contents. */
function withoutSize(sized: Uint8Array): Uint8Array {
  assertEquals(sized[4], 0x80);
  const frame = new Uint8Array(sized.byteLength - 4);
  frame.set(sized.subarray(0, 6));
  frame[4] = 0;
  frame.set(sized.subarray(10), 6);
  return frame;
}

for (const [name, bytes] of Object.entries(CONTENTS)) {
  test(`ZSTD: ${name} from and to the functions of the runtime`, () => {
    for (const level of [1, 3, 4, 9]) {
      const frame = encodeZstd(bytes, level);
      if (frame !== undefined) {
        assertSame(decodeOther(frame, bytes.length), bytes);
        assertSame(decode(frame, bytes.length), bytes);
      }
      assertSame(decode(encodeOther(bytes, level), bytes.length), bytes);
    }
  });
}

test("ZSTD: frames have the size of their contents", () => {
  for (const length of [300, 4096, 65_791, 65_792, 300_000]) {
    const bytes = mixed(length, length);
    const frame = encodeZstd(bytes, 1)!;
    assertEquals(wholeFrameSize(frame), length);
    assertSame(decode(frame, length), bytes);
  }
});

test("ZSTD: the size of the contents is added to a frame", () => {
  const bytes = mixed(50_000, 1);
  const frame = withoutSize(withSize(bareFrame(bytes), bytes.length));
  assertEquals(wholeFrameSize(frame), "unknown");
  assertEquals(wholeFrameSize(withSize(frame, 50_000)), 50_000);
  assertSame(decodeOther(withSize(frame, 50_000), 50_000), bytes);
  assertSame(decode(frame, 50_000), bytes);
  for (const length of [0, 1, 49_999, 50_001, 100_000]) {
    assertEquals(decode(frame, length), undefined);
    assertSame(decode(frame, 50_000), bytes);
  }
});

/** A frame of stored blocks without the size of its contents. */
function bareFrame(bytes: Uint8Array): Uint8Array {
  const parts = [0x28, 0xb5, 0x2f, 0xfd, 0, 0x48];
  for (let at = 0; at < bytes.length; at += 100_000) {
    const block = bytes.subarray(at, at + 100_000);
    const isLast = at + block.length === bytes.length;
    const header = block.length << 3 | (isLast ? 1 : 0);
    parts.push(header & 255, header >>> 8 & 255, header >>> 16, ...block);
  }
  return Uint8Array.from(parts);
}

test("ZSTD: a frame that is cut off, goes on, or has another length", () => {
  const bytes = mixed(20_000, 2);
  const frame = encodeZstd(bytes, 1)!;
  for (let length = 0; length < frame.length; length += 7) {
    assertEquals(wholeFrameSize(frame.subarray(0, length)), undefined);
    assertEquals(decode(frame.subarray(0, length), 20_000), undefined);
  }
  const twice = new Uint8Array([...frame, ...frame]);
  assertEquals(decode(twice, 20_000), undefined);
  assertEquals(decode(frame, 19_999), undefined);
  assertEquals(decode(frame, 20_001), undefined);
  assertThrows(() => decodeZstd(frame, new Uint8Array(1)), RangeError);
  assertSame(decode(frame, 20_000), bytes);
});

test("ZSTD: whatever was wrong with a frame, the next one is right", () => {
  const draw = seededRandom(13);
  const frames = [1, 2, 3].map((seed) => {
    const bytes = mixed(3000 * seed, seed);
    return { bytes, frame: encodeZstd(bytes, seed)! };
  });
  for (let round = 0; round < 2000; round++) {
    const { bytes, frame } = frames[round % 3]!;
    const mutant = frame.slice();
    // The header as often as the blocks.
    const reach = round % 2 === 0 ? 24 : mutant.length;
    for (let i = 0; i <= round % 4; i++) {
      mutant[Math.floor(draw() * reach)] = Math.floor(draw() * 256);
    }
    const result = decode(mutant, bytes.length);
    const other = decodeOther(mutant, bytes.length);
    assertEquals(result === undefined, other === undefined);
    if (result !== undefined) assertSame(result, other!);
    assertSame(decode(frame, bytes.length), bytes);
    assertSame(decode(encodeZstd(bytes, 1)!, bytes.length), bytes);
  }
});

test("ZSTD: bytes that do not shrink are not encoded", () => {
  for (const length of [1, 63, 64, 1000, 200_000, 5_000_000]) {
    assertEquals(encodeZstd(random(length, length), 1), undefined);
  }
});

test("ZSTD: results do not change when others are made", () => {
  const one = mixed(40_000, 5);
  const frame = encodeZstd(one, 1)!;
  const copy = frame.slice();
  encodeZstd(mixed(40_000, 6), 1);
  assertSame(frame, copy);
});

test("ZSTD: a runtime without streams that write to a given place", () => {
  const target = new Uint8Array(100);
  let made = 0;
  const missing = new KeptContext(() => {
    made++;
    return {} as ZstdStream;
  });
  assertEquals(missing.run(target, target), undefined);
  assertEquals(missing.run(target, target), undefined);
  assertEquals(made, 1);
  const idle = new KeptContext(() => ({
    _handle: { onerror() {}, writeSync() {} },
    _writeState: new Uint32Array(2),
    close() {},
  }));
  assertEquals(idle.run(target, target), undefined);
});
