import { assert, assertEquals, assertFalse } from "@std/assert";
import { test } from "node:test";
import { LazyAbort } from "../../internal/base/lazy_abort.ts";

test("LazyAbort: its signal is aborted with the reason, whenever it is asked for", () => {
  const early = new LazyAbort();
  const { signal } = early;
  assertFalse(signal.aborted);
  let heard = 0;
  signal.addEventListener("abort", () => heard++);
  early.abort("first");
  early.abort("second");
  assert(signal.aborted);
  assertEquals([signal.reason, heard], ["first", 1]);
  assert(early.signal === signal);

  const late = new LazyAbort();
  late.abort("reason");
  assert(late.signal.aborted);
  assertEquals(late.signal.reason, "reason");
});

test("LazyAbort: listeners are called once, before those of the signal", () => {
  const abort = new LazyAbort();
  const calls: string[] = [];
  abort.signal.addEventListener("abort", () => calls.push("signal"));
  abort.onAbort(() => calls.push("a"));
  abort.onAbort(() => calls.push("b"));
  abort.abort("x");
  abort.abort("y");
  // As with a signal: nothing is left to hear.
  abort.onAbort(() => calls.push("c"));
  assertEquals(calls, ["a", "b", "signal"]);
});
