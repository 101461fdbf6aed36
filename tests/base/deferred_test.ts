/** Waits for changes. */

import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { Change } from "../../internal/base/deferred.ts";

test("Change: all that wait go on, and the next wait needs another change", async () => {
  const change = new Change();
  const events: string[] = [];
  assertEquals(change.isAwaited, false);
  const first = change.next().then(() => events.push("first"));
  const second = change.next().then(() => events.push("second"));
  assertEquals(change.isAwaited, true);
  change.notify();
  assertEquals(change.isAwaited, false);
  const third = change.next().then(() => events.push("third"));
  await Promise.all([first, second]);
  assertEquals(events, ["first", "second"]);
  change.notify();
  await third;
  assertEquals(events, ["first", "second", "third"]);
});
