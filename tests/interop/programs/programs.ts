/**
 * The commands that run a TypeScript file of ours.
 *
 * @module
 */
import { denoConfigOptions } from "../../../tools/deno_config.ts";
import { findBun } from "./bun.ts";

/** A runtime of ours. */
export type Runtime = "deno" | "bun";

/** Names of the runtimes for humans. */
export const RUNTIME_NAMES: Readonly<Record<Runtime, string>> = {
  deno: "Deno",
  bun: "Bun",
};

/**
 * The command that runs a file on a runtime.
 *
 * @param runtime The runtime.
 * @returns The command, without the file.
 */
export async function programOf(
  runtime: Runtime,
): Promise<readonly string[]> {
  // Types are checked by the test command.
  return runtime === "deno"
    ? [Deno.execPath(), "run", "-A", "--no-check", ...denoConfigOptions()]
    : [await findBun(), "run"];
}
