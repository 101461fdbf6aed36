/** Runs a program as a user does: in a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A process, and what it has written so far. */
export interface Program {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  /** Its exit code, at its end. */
  readonly ended: Promise<number | null>;
}

/**
 * Starts a program under the runtime that runs this test.
 *
 * @param path The file, from the root of the repository.
 * @param args Its arguments.
 * @param permissions What Deno allows it; everything by default.
 * @param shell Commands of a shell that come before it, such as `ulimit -n 20`; none by default.
 * @param cwd Its working directory; the root of the repository by default.
 */
export function startProgram(
  path: string,
  args: readonly string[],
  permissions?: readonly string[],
  shell?: string,
  cwd: string = ROOT,
): Program {
  const runtime = "Deno" in globalThis
    ? ["run", "--no-prompt", "--no-check", ...(permissions ?? ["--allow-all"])]
    : [];
  const command = [process.execPath, ...runtime, ROOT + path, ...args];
  if (shell !== undefined) {
    command.unshift("sh", "-c", `${shell}; exec "$0" "$@"`);
  }
  const child = spawn(command[0]!, command.slice(1), {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const program: Program = { child, stdout: "", stderr: "", ended };
  child.stdout.setEncoding("utf8")
    .on("data", (text) => program.stdout += text);
  child.stderr.setEncoding("utf8")
    .on("data", (text) => program.stderr += text);
  return program;
}

/**
 * Sends a signal. Not by `child.kill`: on Deno the child then counts as ended by it in any case.
 */
export function sendSignal({ child }: Program, signal: NodeJS.Signals): void {
  process.kill(child.pid!, signal);
}

/** Runs a program to its end; see {@linkcode startProgram}. */
export async function runProgram(
  path: string,
  args: readonly string[],
  permissions?: readonly string[],
  shell?: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const program = startProgram(path, args, permissions, shell);
  const code = await program.ended;
  return { code, stdout: program.stdout, stderr: program.stderr };
}
