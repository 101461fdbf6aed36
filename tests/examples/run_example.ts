/** Runs an example as a user does: in a process of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A process, and what it has written so far. */
export interface Example {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  /** Its exit code, at its end. */
  readonly ended: Promise<number | null>;
}

/** Starts an example under the runtime that runs this test. */
export function startExample(path: string, ...args: string[]): Example {
  const runtime = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  const child = spawn(process.execPath, [...runtime, path, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const example: Example = { child, stdout: "", stderr: "", ended };
  child.stdout.setEncoding("utf8")
    .on("data", (text) => example.stdout += text);
  child.stderr.setEncoding("utf8")
    .on("data", (text) => example.stderr += text);
  return example;
}

/** Runs an example to its end. */
export async function runExample(
  path: string,
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const example = startExample(path, ...args);
  const code = await example.ended;
  return { code, stdout: example.stdout, stderr: example.stderr };
}
