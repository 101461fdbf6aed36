/**
 * Bun, and the packages that it needs.
 *
 * @module
 */
import { findProgram } from "./find_program.ts";
import { runCommand } from "../../../tools/run_command.ts";

/** The Bun that is tested; the same one as in tools/test.ts. */
export const BUN_VERSION = "1.4.5";

const TIMEOUT_MS = 5 * 60_000;

let found: Promise<string> | undefined;

/**
 * Finds Bun, once, and installs the packages.
 *
 * @throws {Error} When it or they cannot be had.
 */
export function findBun(): Promise<string> {
  return found ??= find();
}

async function find(): Promise<string> {
  const path = await findProgram("bun", BUN_VERSION, [
    "-p",
    "Bun.version + ' ' + process.execPath",
  ]);
  const install = await runCommand(
    [path, "install", "--frozen-lockfile"],
    TIMEOUT_MS,
  );
  if (install.success) return path;
  throw new Error(`bun install: ${install.end}: ${install.output}`);
}
