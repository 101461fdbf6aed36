/** The fuzzer sees what it is meant to see. */

import { test } from "node:test";

import { assert, assertEquals } from "@std/assert";

import { fuzz } from "./fuzz.ts";
import type { Input, Target } from "./targets/target.ts";

const OPTIONS = { timeout: 120_000 };

/** A target that does something with inputs of some first byte, and accepts even ones. */
function target(act: (byte: number) => void | Promise<void>): Target {
  return {
    name: "tested",
    reads: "bytes",
    memoryBound: () => 8 << 20,
    generate: (random): Input => ({ parts: [random.bytes(4)] }),
    run({ parts }) {
      const byte = parts[0]![0]!;
      const verdict = byte % 2 === 0 ? undefined : `odd: ${byte}`;
      const acting = act(byte);
      return acting === undefined ? verdict : acting.then(() => verdict);
    },
  };
}

/** The problems of inputs that begin with 7; none of others. */
async function problemsOf(
  act: (byte: number) => void | Promise<void>,
  boundMs = 5000,
): Promise<string[]> {
  const options = { seed: 1, inputs: 2000, maxFailures: 2, boundMs };
  const { failures } = await fuzz(target(act), options);
  assert(failures.length > 0);
  for (const { parts } of failures) assertEquals(parts[0]!.slice(0, 2), "07");
  return failures.map(({ problem }) => problem);
}

test("the fuzzer counts what is accepted, and kinds of errors", async () => {
  const report = await fuzz(target(() => {}), { seed: 1, inputs: 2000 });
  assertEquals(report.inputs, 2000);
  assertEquals(report.failures, []);
  assertEquals(report.problems, 1);
  assert(report.accepted > 800 && report.accepted < 1200);
});

test("the fuzzer sees what is thrown, at once and later", async () => {
  const fail = (byte: number): void => {
    if (byte === 7) throw new TypeError("a raw error");
  };
  for (const problem of await problemsOf(fail)) {
    assert(problem.includes("TypeError: a raw error"), problem);
  }
  const later = async (byte: number): Promise<void> => {
    await Promise.resolve();
    fail(byte);
  };
  for (const problem of await problemsOf(later)) {
    assert(problem.includes("TypeError: a raw error"), problem);
  }
});

test("the fuzzer finds the input that takes long", OPTIONS, async () => {
  let sum = 0;
  const act = (byte: number): void => {
    const rounds = byte === 7 ? 100_000_000 : 0;
    for (let i = 0; i < rounds; i++) sum = Math.imul(sum ^ i, 31);
  };
  for (const problem of await problemsOf(act, 30)) {
    assert(/it takes \d+ ms/.test(problem), problem);
  }
});

test("the fuzzer finds the input that takes memory", OPTIONS, async () => {
  const kept: Uint8Array[] = [];
  const act = (byte: number): void => {
    if (byte === 7) kept.push(new Uint8Array(24 << 20).fill(1));
  };
  for (const problem of await problemsOf(act)) {
    assert(/it takes \d+ MiB/.test(problem), problem);
    kept.length = 0;
  }
});
