import { test } from "node:test";
import { assertEquals } from "@std/assert";
import {
  mapSource,
  singleSource,
  type Source,
  toSource,
} from "../../internal/base/source.ts";
import { rejection } from "../support/rejections.ts";

/** Takes as long as there are values, and reads where there are none. */
async function allOf<T>(
  source: Source<T>,
): Promise<{ taken: T[]; read: T[]; error: unknown }> {
  const taken: T[] = [];
  const read: T[] = [];
  while (true) {
    const value = source.take?.();
    if (value !== undefined) {
      taken.push(value);
      continue;
    }
    try {
      const next = await source.read();
      if (next === undefined) return { taken, read, error: undefined };
      read.push(next);
    } catch (error) {
      assertEquals(await rejection(source.read()), error);
      return { taken, read, error };
    }
  }
}

const FAILURE = new Error("enough");

test("Source: values of a list and of a generator are at hand", async () => {
  function* generated() {
    yield 1;
    yield 2;
  }
  for (const values of [[1, 2], generated()]) {
    assertEquals(await allOf(toSource(values)), {
      taken: [1, 2],
      read: [],
      error: undefined,
    });
  }
});

test("Source: values of an async generator are waited for", async () => {
  async function* generated() {
    yield 1;
    yield 2;
  }
  assertEquals(await allOf(toSource(generated())), {
    taken: [],
    read: [1, 2],
    error: undefined,
  });
});

test("Source: a promise in a list is waited for, in its order", async () => {
  const values = [1, Promise.resolve(2), 3, Promise.resolve(4)];
  assertEquals(await allOf(toSource(values)), {
    taken: [1, 3],
    read: [2, 4],
    error: undefined,
  });
  const failing = [1, Promise.reject(FAILURE), 3];
  assertEquals(await allOf(toSource(failing)), {
    taken: [1],
    read: [],
    error: FAILURE,
  });
});

test("Source: a generator that fails gives its values first", async () => {
  function* generated() {
    yield 1;
    throw FAILURE;
  }
  assertEquals(await allOf(toSource(generated())), {
    taken: [1],
    read: [],
    error: FAILURE,
  });
});

test("Source: a canceled list gives nothing, and its generator ends", async () => {
  let isEnded = false;
  function* generated() {
    try {
      yield 1;
      yield 2;
    } finally {
      isEnded = true;
    }
  }
  const source = toSource(generated());
  assertEquals(source.take!(), 1);
  source.cancel(FAILURE);
  assertEquals(isEnded, true);
  assertEquals(source.take!(), undefined);
  assertEquals(await source.read(), undefined);
});

test("mapSource: a value that cannot be mapped fails the next read, and cancels", async () => {
  let reason: unknown;
  const values = toSource([1, 2, 3]);
  const source = mapSource({
    read: () => values.read(),
    take: () => values.take!(),
    cancel: (why) => void (reason = why),
  }, (value) => {
    if (value === 2) throw FAILURE;
    return 10 * value;
  });
  assertEquals(await allOf(source), { taken: [10], read: [], error: FAILURE });
  assertEquals(reason, FAILURE);
});

test("singleSource: it is known that nothing follows", async () => {
  const source = singleSource(1);
  assertEquals(source.hasEnded!(), false);
  assertEquals(await source.read(), 1);
  assertEquals(source.hasEnded!(), true);
});
