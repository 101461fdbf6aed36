import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { xxh32 } from "../../../internal/ipc/compression/lz4/xxh32.ts";

// The sanity checks of the reference implementation, seed 0, and values that are known widely.
const KNOWN: [text: string, hash: number][] = [
  ["", 0x02cc5d05],
  ["a", 0x550d7456],
  ["abc", 0x32d153ff],
  ["Nobody inspects the spammish repetition", 0xe2293b2f],
];

for (const [text, hash] of KNOWN) {
  test(`xxHash32: the hash of ${JSON.stringify(text)}`, () => {
    assertEquals(xxh32(new TextEncoder().encode(text)), hash);
  });
}

test("xxHash32: the hash of a view is that of its bytes", () => {
  const bytes = new TextEncoder().encode(
    "xNobody inspects the spammish repetition",
  );
  assertEquals(xxh32(bytes.subarray(1)), 0xe2293b2f);
});
