/** Runs workers, and finds the input at which one hangs or dies. */

import { TextLines } from "../../tools/text_lines.ts";
import type { Report } from "./fuzz.ts";
import type { WorkerOrder } from "./worker.ts";

/** Longest silence of a worker, in milliseconds. */
const SILENCE_MS = 120_000;

/** Most inputs that are named one by one after a worker died. */
const TRACED_INPUTS = 2_000_000;

/** A line of a worker. */
type Line = { readonly index: number } | { readonly report: Report };

/** End of a worker. */
type Outcome = { readonly report: Report } | {
  /** The last input that it spoke of. */
  readonly index: number;
  readonly problem: string;
};

/**
 * Runs a worker to its end.
 *
 * @param command The runtime, with its arguments.
 * @returns Its report; that of the input that ended it, where it has none.
 */
export async function runWorker(
  command: readonly string[],
  order: Omit<WorkerOrder, "trace">,
): Promise<Report> {
  const outcome = await run(command, { ...order, trace: false });
  if ("report" in outcome) return outcome.report;
  // The fault that ended the process ends it again: this time every input is named before it is
  // run.
  const traced = await run(command, {
    ...order,
    from: outcome.index,
    inputs: Math.min(
      TRACED_INPUTS,
      order.from + order.inputs - outcome.index,
    ),
    trace: true,
  });
  const { index, problem } = "report" in traced ? outcome : traced;
  return {
    target: order.target,
    seed: order.seed,
    inputs: index - order.from,
    accepted: 0,
    problems: 0,
    seconds: 0,
    slowest: { index, milliseconds: 0, bytes: 0 },
    largestGrowth: 0,
    peakMemory: 0,
    failures: [{ index, problem, parts: [] }],
  };
}

async function run(
  [program = "", ...args]: readonly string[],
  order: WorkerOrder,
): Promise<Outcome> {
  const worker = new URL("worker.ts", import.meta.url).pathname;
  const child = new Deno.Command(program, {
    args: [...args, worker, JSON.stringify(order)],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let index = order.from;
  let report: Report | undefined;
  let isSilent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      isSilent = true;
      child.kill("SIGKILL");
    }, SILENCE_MS);
  };
  watch();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLines());
  for await (const text of lines) {
    watch();
    const line = JSON.parse(text) as Line;
    if ("report" in line) report = line.report;
    else index = line.index;
  }
  const { code, signal } = await child.status;
  clearTimeout(timer);
  if (report !== undefined) return { report };
  return {
    index,
    problem: isSilent
      ? `it hangs: nothing for ${SILENCE_MS / 1000} s`
      : `the process ends: ${signal ?? `exit code ${code}`}`,
  };
}
