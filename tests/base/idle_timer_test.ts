import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { IdleTimer } from "../../internal/base/timers/idle_timer.ts";
import { withFakeTimers } from "./fake_timers.ts";

test("IdleTimer: a wait that is too long expires once", () =>
  withFakeTimers(({ advance, armed }) => {
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
  withFakeTimers(({ advance, armed }) => {
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
  withFakeTimers(({ advance, armed }) => {
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
