/** Runs the program `flight` as a user does: in a process of its own. */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  type Program,
  runProgram,
  sendSignal,
  startProgram,
} from "../support/run_program.ts";

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

/** A server in a process of its own. */
export interface Serving {
  readonly program: Program;
  readonly location: string;
  /** Ends it as Ctrl-C does, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `flight serve`, and waits for its first line. */
export function startServing(...args: string[]): Promise<Serving> {
  return startServingIn(undefined, ...args);
}

/** The same in another working directory. */
export async function startServingIn(
  folder: string | undefined,
  ...args: string[]
): Promise<Serving> {
  const program = startProgram(
    "cli.ts",
    ["serve", ...args],
    undefined,
    undefined,
    folder,
  );
  const location = await new Promise<string>((resolve, reject) => {
    program.child.stdout!.on("data", () => {
      const line = /^Listening on (\S+)\n/.exec(program.stdout);
      if (line) resolve(line[1]!);
    });
    program.ended.then(
      (code) => reject(new Error(`exit code ${code}: ${program.stderr}`)),
      reject,
    );
  });
  return {
    program,
    location,
    stop() {
      sendSignal(program, "SIGINT");
      return program.ended;
    },
  };
}
