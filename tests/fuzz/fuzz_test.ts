/** Some inputs of every target: any input of a peer gives values or one clear error. */

import { test } from "node:test";

import { assert, assertEquals } from "@std/assert";

import { fuzz } from "./fuzz.ts";
import { TARGETS } from "./targets/targets.ts";

const SEED = 20_261_128;
const OPTIONS = { timeout: 120_000 };

for (const { target, tested: inputs } of TARGETS) {
  test(`${target.reads}: ${inputs} mutated inputs`, OPTIONS, async () => {
    const report = await fuzz(target, {
      seed: SEED,
      inputs,
      maxFailures: 3,
      // The machine may have other things to do.
      boundMs: 5000,
    });
    assertEquals(report.failures, []);
    // Both have to happen, and in many ways, or the inputs do not get far.
    assert(report.accepted > inputs / 50, `${report.accepted} were accepted`);
    assert(
      report.accepted < inputs * 0.95,
      `${report.accepted} were accepted`,
    );
    assert(report.problems >= 3, `${report.problems} kinds of errors`);
  });
}

test("the same seed and index make the same input", async () => {
  const { Random } = await import("./random.ts");
  for (const { target } of TARGETS) {
    for (let index = 0; index < 50; index++) {
      assertEquals(
        target.generate(new Random(SEED, index)).parts,
        target.generate(new Random(SEED, index)).parts,
      );
    }
  }
});
