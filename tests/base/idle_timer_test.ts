import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { IdleTimer } from "../../internal/base/idle_timer.ts";

/** Runs `run` with a clock of its own, which `advance` moves on. */
function withClock(
  run: (clock: { advance(ms: number): void; armed(): number }) => void,
): void {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = performance;
  let time = 1000;
  let next = 1;
  const timers = new Map<number, { at: number; call: () => void }>();
  Object.assign(globalThis, {
    setTimeout(call: () => void, delay: number) {
      timers.set(next, { at: time + delay, call });
      return next++;
    },
    clearTimeout: (timer: number) => timers.delete(timer),
  });
  performance.now = () => time;
  try {
    run({
      advance(ms) {
        const end = time + ms;
        while (true) {
          const due = [...timers].filter(([, { at }]) => at <= end)
            .sort(([, a], [, b]) => a.at - b.at)[0];
          if (due === undefined) break;
          timers.delete(due[0]);
          time = due[1].at;
          due[1].call();
        }
        time = end;
      },
      armed: () => timers.size,
    });
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    performance.now = now;
  }
}

test("IdleTimer: a wait that is too long expires once", () =>
  withClock(({ advance, armed }) => {
    let expired = 0;
    const timer = new IdleTimer(100, () => expired++);
    assertEquals(armed(), 0);
    timer.start();
    advance(99);
    assertEquals(expired, 0);
    advance(1);
    assertEquals([expired, armed()], [1, 0]);
    advance(1000);
    assertEquals(expired, 1);
  }));

test("IdleTimer: each wait has its time, and all of them one timer", () =>
  withClock(({ advance, armed }) => {
    let expired = 0;
    const timer = new IdleTimer(100, () => expired++);
    for (let i = 0; i < 1000; i++) {
      timer.start();
      advance(60);
      timer.stop();
      assert(armed() <= 1);
    }
    assertEquals(expired, 0);
    timer.start();
    advance(99);
    assertEquals(expired, 0);
    advance(1);
    assertEquals(expired, 1);
  }));

test("IdleTimer: nothing is left running once nothing waits", () =>
  withClock(({ advance, armed }) => {
    let expired = 0;
    const timer = new IdleTimer(100, () => expired++);
    timer.start();
    timer.stop();
    advance(100);
    assertEquals(armed(), 0);
    timer.start();
    assertEquals(armed(), 1);
    timer.close();
    assertEquals(armed(), 0);
    advance(1000);
    assertEquals(expired, 0);
  }));
