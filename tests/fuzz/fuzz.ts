/** Runs a target over inputs, and measures. */

import process from "node:process";
import { Random } from "./random.ts";
import { type Input, kindOf, type Target, type Verdict } from "./target.ts";

/** An input that must not do what it did. */
export interface Failure {
  /** Which input it is: the seed and this make it again. */
  readonly index: number;
  /** What happened. */
  readonly problem: string;
  /** Its parts, in hexadecimal; what is long is cut. */
  readonly parts: readonly string[];
}

/** What came of a run. */
export interface Report {
  readonly target: string;
  readonly seed: number;
  /** How many inputs there were. */
  readonly inputs: number;
  /** How many of them were accepted. */
  readonly accepted: number;
  /** How many different texts of errors there were, numbers and names apart. */
  readonly problems: number;
  readonly seconds: number;
  /** The input that took longest. */
  readonly slowest: {
    readonly index: number;
    readonly milliseconds: number;
    readonly bytes: number;
  };
  /** Most that the memory of the process grew by over one input, in bytes. */
  readonly largestGrowth: number;
  /** Most memory that the process had, in bytes. */
  readonly peakMemory: number;
  readonly failures: readonly Failure[];
}

/** What to run. */
export interface FuzzOptions {
  readonly seed: number;
  /** The index of the first input; 0 by default. */
  readonly from?: number;
  /** How many inputs. */
  readonly inputs: number;
  /** When to end in any case, in milliseconds since the epoch. */
  readonly end?: number;
  /** How many failures end the run; 20 by default. */
  readonly maxFailures?: number;
  /** Called before each input. */
  readonly onInput?: (index: number) => void;
  /** Called about once a second. */
  readonly onProgress?: (index: number) => void;
}

/** What a peer's input may take: this, and a millisecond for each KiB. */
const BOUND_MS = 100;
const BYTES_PER_MS = 1024;

/** How long a promise may take to settle that waits for nothing but memory. */
const SETTLE_TIMEOUT_MS = 20_000;

/** How many small inputs share one measurement of memory, which takes longer than they do. */
const MEASURE_EVERY = 16;
const MEASURE_ABOVE_MS = 0.2;

const MAX_FAILURE_BYTES = 4096;

/** Runs the inputs of one target. */
export async function fuzz(
  target: Target,
  { seed, from = 0, inputs, end = Infinity, ...options }: FuzzOptions,
): Promise<Report> {
  const { maxFailures = 20, onInput, onProgress } = options;
  const failures: Failure[] = [];
  const problems = new Set<string>();
  let accepted = 0;
  let slowest = { index: from, milliseconds: 0, bytes: 0 };
  let largestGrowth = 0;
  let peakMemory = 0;
  let memory = memoryInUse();
  const begin = performance.now();
  let lastProgress = begin;
  let index = from;

  const fail = (input: Input, problem: string): void => {
    failures.push({ index, problem, parts: input.parts.map(toHex) });
  };
  // Nothing of a peer may lead to one; it belongs to this input, or to one shortly before.
  const onRejection = (error: unknown): void => {
    fail(
      target.generate(new Random(seed, index)),
      `unhandled: ${textOf(error)}`,
    );
  };
  process.on("unhandledRejection", onRejection);

  for (; index < from + inputs && failures.length < maxFailures; index++) {
    onInput?.(index);
    const input = target.generate(new Random(seed, index));
    const started = performance.now();
    let verdict: Verdict;
    try {
      verdict = await settled(target.run(input));
      if (verdict === undefined) accepted++;
      else problems.add(kindOf(verdict));
    } catch {
      fail(input, await problemOf(target, input));
    }
    const now = performance.now();
    let milliseconds = now - started;
    if (milliseconds > boundOf(input)) {
      milliseconds = await again(target, input, milliseconds);
      if (milliseconds > boundOf(input)) {
        fail(input, `it takes ${Math.round(milliseconds)} ms`);
      }
    }
    if (milliseconds > slowest.milliseconds) {
      slowest = { index, milliseconds, bytes: bytesOf(input) };
    }
    if (milliseconds > MEASURE_ABOVE_MS || index % MEASURE_EVERY === 0) {
      const before = memory;
      memory = memoryInUse();
      let growth = memory - before;
      if (growth > target.memoryBound(input)) {
        growth = await growthOf(target, input);
        if (growth > target.memoryBound(input)) {
          fail(input, `it takes ${growth >> 20} MiB`);
        }
        memory = memoryInUse();
      }
      if (growth > largestGrowth) largestGrowth = growth;
    }
    if (now - lastProgress > 1000 || index === from) {
      lastProgress = now;
      peakMemory = Math.max(peakMemory, process.memoryUsage().rss);
      onProgress?.(index);
      // Rejections that nothing handles are told of between turns.
      await turn();
      if (Date.now() > end) {
        index++;
        break;
      }
    }
  }
  await turn();
  process.off("unhandledRejection", onRejection);
  return {
    target: target.name,
    seed,
    inputs: index - from,
    accepted,
    problems: problems.size,
    seconds: (performance.now() - begin) / 1000,
    slowest,
    largestGrowth,
    peakMemory: Math.max(peakMemory, process.memoryUsage().rss),
    failures,
  };
}

/** Runs an input that has failed once more, this time with a stack. */
async function problemOf(target: Target, input: Input): Promise<string> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 30;
  try {
    await settled(target.run(input));
    return "it fails only sometimes";
  } catch (error) {
    return textOf(error);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function boundOf(input: Input): number {
  return BOUND_MS + bytesOf(input) / BYTES_PER_MS;
}

function bytesOf({ parts }: Input): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** The least of several times: what another process took away is not the input's. */
async function again(
  target: Target,
  input: Input,
  milliseconds: number,
): Promise<number> {
  for (let i = 0; i < 3; i++) {
    const started = performance.now();
    try {
      await settled(target.run(input));
    } catch {
      // It was told of the first time.
    }
    milliseconds = Math.min(milliseconds, performance.now() - started);
  }
  return milliseconds;
}

/** How much the memory grows by over one input, measured by itself. */
async function growthOf(target: Target, input: Input): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 2; i++) {
    const before = memoryInUse();
    try {
      await settled(target.run(input));
    } catch {
      // It was told of the first time.
    }
    least = Math.min(least, memoryInUse() - before);
  }
  return least;
}

/**
 * Memory as the engine counts it, which sees what was allocated and not touched; where it does not count
 * buffers, as the system does.
 */
function memoryInUse(): number {
  const { heapUsed, external, rss } = process.memoryUsage();
  return "Bun" in globalThis ? rss : heapUsed + external;
}

async function settled(verdict: ReturnType<Target["run"]>): Promise<Verdict> {
  if (!(verdict instanceof Promise)) return verdict;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error("it never ends")),
      SETTLE_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([verdict, late]);
  } finally {
    clearTimeout(timer);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined
    ? ""
    : `\ncaused by ${textOf(error.cause)}`;
  return `${error.stack ?? String(error)}${cause}`;
}

function toHex(bytes: Uint8Array): string {
  const text = Array.from(
    bytes.subarray(0, MAX_FAILURE_BYTES),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  const left = bytes.length - MAX_FAILURE_BYTES;
  return left > 0 ? `${text}… ${left} more bytes` : text;
}
