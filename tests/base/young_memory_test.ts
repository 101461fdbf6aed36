import { test } from "node:test";

import { assertEquals, assertGreater } from "@std/assert";

import { runProgram } from "../support/run_program.ts";

const skip = !("Deno" in globalThis);

test(
  "MessageMemory: V8 finds dropped messages without marking",
  { skip },
  async () => {
    // On one thread, so that its choice does not depend on other load.
    const { code, stdout } = await runProgram(
      "tests/base/programs/drop_messages.ts",
      [],
      ["--v8-flags=--trace-gc,--single-threaded-gc"],
    );
    assertEquals(code, 0);
    const count = (kind: string) => stdout.split(`: ${kind}`).length - 1;
    assertEquals(count("Mark-Compact") + count("Incremental Mark-Compact"), 0);
    // After every 24 MiB of 2000. By itself V8 marks forty times, and does this six times.
    assertGreater(count("Scavenge"), 70);
  },
);
