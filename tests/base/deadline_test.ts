/** Timers that are longer than those of the runtime. */
import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { afterDelay } from "../../internal/base/timers/deadline.ts";
import { withFakeTimers } from "./fake_timers.ts";

const DAY_MS = 86_400_000;

test("afterDelay() calls once after a delay beyond 2^31 ms, and not before", () => {
  withFakeTimers(({ advance, armed }) => {
    let calls = 0;
    afterDelay(60 * DAY_MS, () => calls++);
    advance(60 * DAY_MS - 1);
    assertEquals([calls, armed()], [0, 1]);
    advance(1);
    assertEquals([calls, armed()], [1, 0]);
  });
});

test("afterDelay() stops also between two timers, and waits for ever with Infinity", () => {
  withFakeTimers(({ advance, armed }) => {
    let calls = 0;
    const stop = afterDelay(60 * DAY_MS, () => calls++);
    advance(30 * DAY_MS);
    stop();
    stop();
    afterDelay(Infinity, () => calls++)();
    assertEquals(armed(), 0);
    advance(90 * DAY_MS);
    assertEquals(calls, 0);
  });
});

test("afterDelay() gives no delay to a timer of the runtime that it cannot hold", () => {
  const { setTimeout } = globalThis;
  const delays: number[] = [];
  globalThis.setTimeout = ((_: () => void, ms: number) => {
    delays.push(ms);
    return 0;
  }) as unknown as typeof setTimeout;
  try {
    afterDelay(60 * DAY_MS, () => {});
    afterDelay(5, () => {});
    afterDelay(-5, () => {});
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(delays, [2 ** 31 - 1, 5, 0]);
});
