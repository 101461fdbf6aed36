import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { concatBytes, equalBytes } from "../../internal/base/bytes.ts";
import { ByteReader } from "../../internal/base/byte_reader.ts";
import { toSource } from "../../internal/base/source.ts";

/** Numbers from 0 to below `bound`, the same ones every time. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor(state / 2 ** 32 * bound);
  };
}

test("ByteReader gives all bytes once, whatever the chunks and the takes", async () => {
  for (let seed = 0; seed < 50; seed++) {
    const next = numbers(seed);
    const sizes = [[1], [0, 1, 7], [1, 900, 3000], [5000], [20_000, 1]];
    const choices = sizes[seed % sizes.length]!;
    const bytes = new Uint8Array(30_000).map(() => next(256));
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.byteLength;) {
      const size = Math.ceil(choices[next(choices.length)]! * next(100) / 99);
      chunks.push(bytes.slice(at, at += size));
    }
    const reader = new ByteReader(toSource(chunks));
    const taken: Uint8Array[] = [];
    let total = 0;
    while (total < bytes.byteLength) {
      const part = next(4) === 0
        ? await reader.chunk() ?? new Uint8Array()
        : await reader.take(next(2) === 0 ? next(20) : next(9000));
      taken.push(part);
      total += part.byteLength;
    }
    assert(equalBytes(concatBytes(taken), bytes), `seed ${seed}`);
    assertEquals((await reader.take(1)).byteLength, 0);
  }
});
