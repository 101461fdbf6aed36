/**
 * Runs one target in a process of its own, and says what came of it, each line in JSON. It is started by
 * `run.ts`.
 */

import process from "node:process";
import { fuzz } from "./fuzz.ts";
import { TARGETS } from "./targets/targets.ts";

/** Order for a worker. */
export interface WorkerOrder {
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly inputs: number;
  readonly end?: number;
  /** True to name each input before it is run. */
  readonly trace: boolean;
}

const order = JSON.parse(process.argv[2]!) as WorkerOrder;
const { target } = TARGETS.find(({ target }) => target.name === order.target)!;
const say = (value: unknown): void => console.log(JSON.stringify(value));

// Most inputs end in an error, whose stack takes longer than the input.
Error.stackTraceLimit = 0;

const report = await fuzz(target, {
  ...order,
  onProgress: (index) => say({ index }),
  ...(order.trace && { onInput: (index: number) => say({ index }) }),
});
say({
  report: { ...report, peakMemory: process.resourceUsage().maxRSS * 1024 },
});
process.exit();
