/** Bytes that compress well, badly and not at all; the same in every run. */

import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../support/seeded_random.ts";

/** Named contents. */
export const CONTENTS: Readonly<Record<string, Uint8Array>> = {
  zeros: new Uint8Array(200_000),
  "one byte": Uint8Array.of(7),
  "a short text": new TextEncoder().encode("abcabcabcabcabcabcabcabc"),
  "a long text": new TextEncoder().encode(
    Array.from({ length: 9000 }, (_, i) => `row ${i % 97}, `).join(""),
  ),
  "sorted numbers": new Uint8Array(
    Int32Array.from({ length: 30_000 }, (_, i) => i >>> 3).buffer,
  ),
  "small numbers of 64 bits": rows(100_000, 8, 3),
  "rows of 13 bytes, some of them longer": rows(100_000, 13, 4, 0.02),
  "random bytes": random(70_000, 1),
  "random bytes with repetitions": mixed(150_000, 2),
  "a repetition as far away as it may be": distant(65_535),
  "a repetition that is too far away": distant(65_536),
};

/** Random bytes. */
export function random(length: number, seed: number): Uint8Array {
  const next = seededRandom(seed);
  return Uint8Array.from({ length }, () => next() * 256);
}

/** Runs, copies of what came before, and random bytes, each of any length. */
export function mixed(length: number, seed: number): Uint8Array {
  const next = seededRandom(seed);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const size = Math.min(length - at, Math.floor(next() ** 4 * 2000) + 1);
    const kind = next();
    if (kind < 0.3 || at === 0) bytes.fill(next() * 256, at, at + size);
    else if (kind < 0.7) {
      const from = Math.floor(next() * at);
      // A match that overlaps itself repeats.
      for (let i = 0; i < size; i++) bytes[at + i] = bytes[from + i]!;
    } else for (let i = 0; i < size; i++) bytes[at + i] = next() * 256;
    at += size;
  }
  return bytes;
}

/** Rows of two varying bytes and zeros, a share of them with further zeros. */
function rows(
  length: number,
  width: number,
  seed: number,
  longer = 0,
): Uint8Array {
  const next = seededRandom(seed);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += width) {
    bytes[at] = next() * 256;
    bytes[at + 1] = next() * 4;
    if (next() < longer) at += Math.floor(next() * 40);
  }
  return bytes;
}

function distant(distance: number): Uint8Array {
  const bytes = new Uint8Array(distance + 100);
  // Nothing in between has four bytes in common with it.
  for (let i = 0; i < bytes.length; i++) bytes[i] = i % 3 === 0 ? i >>> 11 : i;
  const text = new TextEncoder().encode("a text that is not elsewhere");
  bytes.set(text);
  bytes.set(text, distance);
  return bytes;
}

/** Compares bytes: much faster than `assertEquals`, which would also show where they differ. */
export function assertSame(
  one: Uint8Array | undefined,
  other: Uint8Array,
): void {
  assertEquals(one?.length, other.length);
  assert(other.every((byte, i) => byte === one![i]));
}
