/** Times that do not depend on the clock of the day. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { DownTime } from "../../internal/base/timers/down_time.ts";
import { TimeLeft } from "../../internal/base/timers/time_left.ts";
import { withClock } from "../support/still_clock.ts";

const HOUR = 3_600_000;

test("TimeLeft: it passes as the process runs, whatever the clock is set to", () => {
  withClock((forward, setClock) => {
    const time = new TimeLeft(1000);
    setClock(HOUR);
    assertEquals(Math.round(time.ms!), 1000);
    forward(400);
    setClock(-2 * HOUR);
    assertEquals(Math.round(time.ms!), 600);
    forward(HOUR);
    assertEquals(time.ms, 1);
    assertEquals(new TimeLeft(undefined).ms, undefined);
    assertEquals(new TimeLeft(Infinity).ms, undefined);
  });
});

test("DownTime: a clock that is set back does not prolong it", () => {
  withClock((forward, setClock) => {
    const down = new DownTime(1000, 8000);
    down.failed();
    setClock(-HOUR);
    assert(down.isDown);
    forward(1000);
    assert(!down.isDown && !down.isPast);
    forward(8000);
    assert(down.isPast);
  });
});
