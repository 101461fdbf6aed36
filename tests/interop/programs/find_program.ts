/**
 * Finding a runtime in one version, wherever it is.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";

/** Downloading it is part of it. */
const TIMEOUT_MS = 5 * 60_000;

/**
 * Finds the program itself: a wrapper would outlive it when it is killed.
 *
 * @param name What it is called, on this machine and in npm.
 * @param version Its version; no other is taken.
 * @param args Make it print its version and its path, with a blank between.
 * @returns The path.
 * @throws {Error} When neither this machine nor npm has it.
 */
export async function findProgram(
  name: string,
  version: string,
  args: readonly string[],
): Promise<string> {
  for (const command of [[name], ["npx", "--yes", `${name}@${version}`]]) {
    const { success, output } = await runCommand(
      [...command, ...args],
      TIMEOUT_MS,
    );
    const path = output.split("\n")
      .find((line) => line.startsWith(`${version} `))
      ?.slice(version.length + 1).trim();
    if (success && path) return path;
  }
  throw new Error(`there is no ${name} ${version}, and npx cannot get it`);
}
