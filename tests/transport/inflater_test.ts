import { setImmediate } from "node:timers";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { assertEquals, assertGreater } from "@std/assert";

import { Inflater } from "../../internal/transport/inflater.ts";
import { flightError } from "../support/transport/call_parts.ts";

const MEBIBYTE = 1024 * 1024;

const BOMB = gzipSync(new Uint8Array(128 * MEBIBYTE));
const SHORT = gzipSync(new Uint8Array(1000));

test("Inflater: others have turns while a large message is inflated", async () => {
  const inflater = new Inflater(1024 * MEBIBYTE);
  const { result, release } = inflater.begin(BOMB, "gzip", 128 * MEBIBYTE);
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  assertEquals((await result).length, 128 * MEBIBYTE);
  isOver = true;
  assertGreater(turns, 5);
  release();
});

test("Inflater: a short message does not wait for long ones", async () => {
  const inflater = new Inflater(1024 * MEBIBYTE);
  const order: string[] = [];
  const long = [1, 2, 3].map((i) => {
    const inflation = inflater.begin(BOMB, "gzip", 128 * MEBIBYTE);
    inflation.result.then(() => order.push(`long ${i}`), () => {});
    return inflation;
  });
  await new Promise((resolve) => setTimeout(resolve, 1));
  const short = inflater.begin(SHORT, "gzip", 1000);
  short.result.then(() => order.push("short"));
  assertEquals((await short.result).length, 1000);
  assertEquals(order, ["short"]);
  for (const { release } of long) release();
  for (const { result } of long) await flightError(result);
});

test("Inflater: what is released while it is inflated ends with the reason", async () => {
  const inflater = new Inflater(200 * MEBIBYTE);
  const { result, release } = inflater.begin(BOMB, "gzip", 128 * MEBIBYTE);
  await new Promise((resolve) => setTimeout(resolve, 1));
  const reason = new Error("enough");
  release(reason);
  release();
  assertEquals(await result.catch((error) => error), reason);
  // Its memory is free again.
  const other = inflater.begin(BOMB, "gzip", 128 * MEBIBYTE);
  assertEquals((await other.result).length, 128 * MEBIBYTE);
});

test("Inflater: the largest message fails when all together are beyond the bound", async () => {
  const inflater = new Inflater(8 * MEBIBYTE);
  const small = gzipSync(new Uint8Array(2 * MEBIBYTE));
  const large = inflater.begin(BOMB, "gzip", 128 * MEBIBYTE);
  const failed = flightError(large.result);
  const others = [1, 2, 3].map(() =>
    inflater.begin(small, "gzip", 2 * MEBIBYTE)
  );
  for (const { result } of others) {
    assertEquals((await result).length, 2 * MEBIBYTE);
  }
  assertEquals((await failed).code, "RESOURCE_EXHAUSTED");
});
