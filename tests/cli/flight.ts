/** Runs the program `flight` as a user does: in a process of its own. */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runProgram } from "../support/run_program.ts";

/** Every test starts processes. */
export const options = { timeout: 90_000 };

/** For what only a shell of Unix does. */
export const unixOnly = { ...options, skip: process.platform === "win32" };

/** The end of a process. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `flight` with arguments. */
export function flight(...args: string[]): Promise<Ended> {
  return runProgram("cli.ts", args);
}

/** Runs a script in which `$FLIGHT` is the program; for pipes, and for bytes that are no text. */
export async function shell(
  script: string,
  env: Record<string, string> = {},
): Promise<Ended> {
  const runtime = "Deno" in globalThis ? "run --no-prompt --no-check -A" : "";
  const child = spawn("bash", ["-c", script], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    env: {
      ...process.env,
      FLIGHT: `${process.execPath} ${runtime} cli.ts`,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => ended.stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text) => ended.stderr += text);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { code, ...ended };
}
