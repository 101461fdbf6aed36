import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { PassingMap } from "../../internal/base/lifetimes/passing_map.ts";

test("PassingMap: holds what a Map holds, whatever is set and removed", () => {
  const map = new PassingMap<number, number>();
  const expected = new Map<number, number>();
  let seed = 1;
  const random = (below: number): number => {
    seed = Math.imul(seed, 1103515245) + 12345 & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  for (let step = 0; step < 20_000; step++) {
    // Small and large in turn, so that it is made anew at many sizes.
    const key = random(step % 4000 < 2000 ? 4 : 200);
    if (random(2) === 0) {
      map.set(key, step);
      expected.set(key, step);
    } else {
      assertEquals(map.delete(key), expected.delete(key));
    }
    assertEquals(map.size, expected.size);
    assertEquals(map.get(key), expected.get(key));
    assertEquals(map.has(key), expected.has(key));
    if (step % 50 > 0) continue;
    assertEquals(map.entries(), [...expected]);
    assertEquals(map.values(), [...expected.values()]);
    assertEquals(map.first(), [...expected.values()][0]);
  }
});
