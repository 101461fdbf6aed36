/**
 * The version of Bun for all tests and checks.
 *
 * @module
 */
import { type Outcome, runCommand } from "./run_command.ts";

/** The version. npm has it if the machine does not. */
export const BUN_VERSION = "1.4.5";

/**
 * Finds the program itself: a wrapper would hide its exit status, and outlive
 * it.
 *
 * @param timeoutMs The time after which each attempt is killed, in
 * milliseconds.
 * @returns The path, if it was found, and the last attempt.
 */
export async function findBun(
  timeoutMs: number,
): Promise<{ path?: string; outcome: Outcome }> {
  const args = ["-p", "Bun.version + ' ' + process.execPath"];
  let outcome: Outcome | undefined;
  for (const bun of [["bun"], ["npx", "--yes", `bun@${BUN_VERSION}`]]) {
    outcome = await runCommand([...bun, ...args], timeoutMs);
    const path = outcome.output.split("\n")
      .find((line) => line.startsWith(`${BUN_VERSION} `))
      ?.slice(BUN_VERSION.length + 1).trim();
    if (outcome.success && path) return { path, outcome };
  }
  return { outcome: outcome! };
}
