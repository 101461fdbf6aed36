import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { EqualWaits } from "../../internal/base/timers/equal_waits.ts";
import { withFakeTimers } from "./fake_timers.ts";

test("EqualWaits: each wait that is too long expires once", () =>
  withFakeTimers(({ advance, armed }) => {
    const expired: string[] = [];
    const waits = new EqualWaits(100);
    assertEquals(armed(), 0);
    waits.begin(() => expired.push("a"));
    advance(60);
    waits.begin(() => expired.push("b"));
    assertEquals(armed(), 1);
    advance(39);
    assertEquals(expired, []);
    advance(1);
    assertEquals(expired, ["a"]);
    advance(59);
    assertEquals(expired, ["a"]);
    advance(1);
    assertEquals([expired, armed()], [["a", "b"], 0]);
    advance(1000);
    assertEquals(expired, ["a", "b"]);
  }));

test("EqualWaits: a wait that has ended does not expire", () =>
  withFakeTimers(({ advance, armed }) => {
    const expired: string[] = [];
    const waits = new EqualWaits(100);
    const endA = waits.begin(() => expired.push("a"));
    advance(50);
    const endB = waits.begin(() => expired.push("b"));
    endA();
    endA();
    advance(99);
    assertEquals(expired, []);
    endB();
    // Where timers are numbers, one that nothing waits for would keep the process.
    assertEquals(armed(), 0);
    advance(1000);
    waits.begin(() => expired.push("c"));
    advance(100);
    assertEquals(expired, ["c"]);
  }));

test("EqualWaits: one that begins in a callback has its whole time", () =>
  withFakeTimers(({ advance }) => {
    const expired: string[] = [];
    const waits = new EqualWaits(100);
    waits.begin(() => {
      expired.push("a");
      waits.begin(() => expired.push("b"));
    });
    advance(100);
    advance(99);
    assertEquals(expired, ["a"]);
    advance(1);
    assertEquals(expired, ["a", "b"]);
  }));
