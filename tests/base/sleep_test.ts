/** Waiting that can be ended. */
import { assertEquals, assertStrictEquals } from "@std/assert";
import { test } from "node:test";
import { sleep } from "../../internal/base/timers/sleep.ts";
import { rejection } from "../support/rejections.ts";

test("sleep ends by itself, or at once with the reason of the signal", async () => {
  const controller = new AbortController();
  assertEquals(await sleep(1, controller.signal), undefined);
  const reason = new Error("enough");
  // So long that the test would not see its end.
  const waiting = rejection(sleep(3_600_000, controller.signal));
  controller.abort(reason);
  assertStrictEquals(await waiting, reason);
  assertStrictEquals(await rejection(sleep(0, controller.signal)), reason);
});
