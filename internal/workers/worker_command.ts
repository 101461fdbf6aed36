/** The command that starts this program once more. */

import { readFileSync } from "node:fs";
import process from "node:process";

/** The part of Deno that says more than node:process. */
interface DenoGlobal {
  readonly Deno?: { readonly build: { readonly standalone?: boolean } };
}

/**
 * Returns the command line of this process: the runtime with its options, the program and its
 * arguments.
 *
 * @throws {TypeError} When it cannot be found out.
 */
export function ownCommand(): readonly string[] {
  const deno = (globalThis as DenoGlobal).Deno;
  const args = process.argv.slice(2);
  if (deno === undefined) {
    return [process.execPath, ...process.execArgv, process.argv[1]!, ...args];
  }
  if (deno.build.standalone) return [process.execPath, ...args];
  // Deno does not tell a program which options it was started with, such as its permissions.
  try {
    const [, ...rest] = readFileSync("/proc/self/cmdline", "utf8").split("\0");
    rest.pop();
    if (rest.length > args.length) return [process.execPath, ...rest];
  } catch {
    // Not on Linux, or without permission to read everything.
  }
  throw new TypeError(
    "Cannot start workers: the options of Deno are known on Linux with --allow-all only; give the " +
      'option command, such as [Deno.execPath(), "run", "--allow-net", "server.ts"]',
  );
}
