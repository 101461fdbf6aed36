/**
 * Finds the programs for a run, and reports missing ones.
 *
 * @module
 */
import { BUN_VERSION, findBun } from "../../tests/interop/programs/bun.ts";
import {
  findPyarrow,
  PYARROW_VERSION,
} from "../../tests/interop/programs/python.ts";

/** The programs that can be measured. */
export interface Runtimes {
  /** Commands that run a TypeScript file, by the name of the runtime. */
  readonly typescript: ReadonlyMap<string, readonly string[]>;
  /** Command that runs a Python file with pyarrow, if there is one. */
  readonly python: readonly string[] | undefined;
  /** Names and versions, for the report. */
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * Finds the runtimes, and reports missing ones.
 *
 * @param wanted Names of the JavaScript runtimes to use.
 */
export async function findRuntimes(
  wanted: readonly string[],
): Promise<Runtimes> {
  const typescript = new Map<string, readonly string[]>();
  const versions = new Map<string, string>();
  if (wanted.includes("Deno")) {
    // Types are checked by the test command.
    typescript.set("Deno", [Deno.execPath(), "run", "-A", "--no-check"]);
    versions.set("Deno", Deno.version.deno);
  }
  if (wanted.includes("Bun")) {
    try {
      typescript.set("Bun", [await findBun()]);
      versions.set("Bun", BUN_VERSION);
    } catch (error) {
      console.log(`SKIPPED: Bun: ${(error as Error).message}`);
    }
  }
  const found = await findPyarrow();
  if ("problem" in found) {
    console.log(`SKIPPED: pyarrow: ${found.problem}`);
    return { typescript, python: undefined, versions };
  }
  versions.set("pyarrow", PYARROW_VERSION);
  return { typescript, python: [found.python], versions };
}
