/** Programs with workers, in processes of their own. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { FlightClient } from "@contrail/flight";
import {
  type Program,
  sendSignal,
  startProgram,
} from "../support/run_program.ts";
import { until } from "../support/events.ts";

/** Every test starts several processes. */
export const OPTIONS = { timeout: 90_000 };

/** A program that serves. */
export interface WorkersProgram extends AsyncDisposable {
  readonly program: Program;
  readonly location: string;
  /** Sends a signal to the first process. */
  signal(name: NodeJS.Signals): void;
}

/** Starts `served.ts`, and waits until it listens. */
export async function startWorkers(
  options: Record<string, unknown> = {},
  permissions: readonly string[] = ["--allow-all"],
): Promise<WorkersProgram> {
  const program = startProgram(
    "tests/workers/served.ts",
    [JSON.stringify(options)],
    permissions,
  );
  const listens = /^Listening on (.+)$/m;
  let hasEnded = false;
  program.ended.then(() => hasEnded = true, () => hasEnded = true);
  await until(() => hasEnded || listens.test(program.stdout));
  const location = listens.exec(program.stdout)?.[1];
  if (location === undefined) throw new Error(program.stderr);
  return {
    program,
    location,
    signal: (name) => sendSignal(program, name),
    async [Symbol.asyncDispose]() {
      if (!hasEnded) sendSignal(program, "SIGTERM");
      await until(() => hasEnded);
    },
  };
}

/** Runs a test with the path of a file, in a folder that goes with it. */
export async function withFile(
  name: string,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "flight_workers_"));
  try {
    await use(join(folder, name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Calls an action, and returns the id of the process that answered. */
export async function pidOf(
  client: FlightClient,
  type = "pid",
  body = "",
  timeoutMs = 60_000,
): Promise<number> {
  const [result] = await Array.fromAsync(
    client.doAction(
      { type, body: new TextEncoder().encode(body) },
      { timeoutMs },
    ),
  );
  return Number(new TextDecoder().decode(result!.body));
}

/** Returns the ids of all processes that answer. */
export async function pidsOf(
  client: FlightClient,
  calls = 12,
): Promise<number[]> {
  const pids = new Set<number>();
  for (let i = 0; i < calls; i++) pids.add(await pidOf(client));
  return [...pids].sort();
}

/** Reports whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
