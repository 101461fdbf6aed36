import { test } from "node:test";

import { assertEquals, assertGreater } from "@std/assert";

import { runProgram } from "../support/run_program.ts";

const skip = !("Deno" in globalThis);

/** Numbers of collections while a program takes 2000 messages of 1 MiB. */
async function collections(
  inUse: number,
): Promise<{ marking: number; young: number }> {
  // On one thread, so that the choice of V8 does not depend on other load.
  const { code, stdout } = await runProgram(
    "tests/base/programs/drop_messages.ts",
    [String(inUse)],
    ["--v8-flags=--trace-gc,--single-threaded-gc"],
  );
  assertEquals(code, 0);
  const count = (kind: string) => stdout.split(`: ${kind}`).length - 1;
  return {
    marking: count("Mark-Compact") + count("Incremental Mark-Compact"),
    young: count("Scavenge"),
  };
}

test(
  "MessageMemory: V8 finds dropped messages without marking",
  { skip },
  async () => {
    const { marking, young } = await collections(0);
    assertEquals(marking, 0);
    // After every 24 MiB of 2000. By itself V8 marks forty times, and does this six times.
    assertGreater(young, 70);
  },
);

test(
  "MessageMemory: V8 goes on to find young messages after it has marked",
  { skip },
  async () => {
    // Those in use outlive two collections, so V8 has to mark at times. Without the fillers that are
    // kept while it does, it marks thirty times, and collects young objects six times.
    assertGreater((await collections(30)).young, 35);
  },
);
