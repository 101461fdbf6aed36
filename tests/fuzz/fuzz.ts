/** Runs a target over inputs, and measures. */

import process from "node:process";
import { setImmediate } from "node:timers";
import { Random } from "./random.ts";
import {
  type Input,
  kindOf,
  type Target,
  type Verdict,
} from "./targets/target.ts";

/** An input that must not do what it did. */
export interface Failure {
  /** Number of the input, which with the seed reproduces it. */
  readonly index: number;
  /** Description of the failure. */
  readonly problem: string;
  /** Its parts, in hexadecimal; what is long is cut. */
  readonly parts: readonly string[];
}

/** Result of a run. */
export interface Report {
  readonly target: string;
  readonly seed: number;
  /** Number of inputs. */
  readonly inputs: number;
  /** Number of accepted inputs. */
  readonly accepted: number;
  /** Number of distinct error texts, without numbers and names. */
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

/** Options of a run. */
export interface FuzzOptions {
  readonly seed: number;
  /** The index of the first input; 0 by default. */
  readonly from?: number;
  /** Number of inputs. */
  readonly inputs: number;
  /** Time at which to end in any case, in milliseconds since the epoch. */
  readonly end?: number;
  /**
   * Processor time allowed for an input, in addition to a millisecond for each KiB. Default: 100
   * ms.
   */
  readonly boundMs?: number;
  /** Number of failures that end the run. Default: 20. */
  readonly maxFailures?: number;
  /** Called before each input. */
  readonly onInput?: (index: number) => void;
  /** Called about once a second. */
  readonly onProgress?: (index: number) => void;
}

const BYTES_PER_MS = 1024;

/** Processor time from which an input is measured with more care, in milliseconds. */
const SLOW_MS = 25;

/** Longest wait for a promise that needs only memory, in milliseconds. */
const SETTLE_TIMEOUT_MS = 20_000;

/** Number of small inputs that share one measurement of memory, which takes longer than they do. */
const MEASURE_EVERY = 16;
const MEASURE_ABOVE_MS = 0.2;

/** Number of inputs in a turn of the event loop. */
const INPUTS_PER_TURN = 256;

const MAX_FAILURE_BYTES = 4096;

/** Runs the inputs of one target. */
export async function fuzz(
  target: Target,
  options: FuzzOptions,
): Promise<Report> {
  const run = new Run(target, options);
  const begin = performance.now();
  const inputs = await run.all();
  return {
    target: target.name,
    seed: options.seed,
    inputs,
    accepted: run.accepted,
    problems: run.problems.size,
    seconds: (performance.now() - begin) / 1000,
    slowest: run.slowest,
    largestGrowth: run.largestGrowth,
    peakMemory: run.peakMemory,
    failures: run.failures,
  };
}

/** A run, and what has come of it so far. */
class Run {
  readonly failures: Failure[] = [];
  readonly problems = new Set<string>();
  accepted = 0;
  slowest = { index: 0, milliseconds: 0, bytes: 0 };
  largestGrowth = 0;
  peakMemory = 0;
  readonly #target: Target;
  readonly #options: FuzzOptions;
  readonly #from: number;
  #memory = memoryInUse();
  #lastProgress = 0;
  /** Rejections that nothing has handled, and the first input that may have left them. */
  #rejections: unknown[] = [];
  #turnBegin: number;

  constructor(target: Target, options: FuzzOptions) {
    this.#target = target;
    this.#options = options;
    this.#from = options.from ?? 0;
    this.#turnBegin = this.#from;
  }

  /** Runs all inputs; how many there were. */
  async all(): Promise<number> {
    const { inputs, end = Infinity, maxFailures = 20, onInput, onProgress } =
      this.#options;
    const onRejection = (error: unknown): void => {
      this.#rejections.push(error);
    };
    process.on("unhandledRejection", onRejection);
    const stop = this.#from + inputs;
    let index = this.#from;
    while (index < stop && this.failures.length < maxFailures) {
      onInput?.(index);
      await this.#one(index++);
      if (index - this.#turnBegin >= INPUTS_PER_TURN) await this.#turn(index);
      const now = performance.now();
      if (now - this.#lastProgress < 1000) continue;
      this.#lastProgress = now;
      this.#measureProcess();
      onProgress?.(index - 1);
      if (Date.now() > end) break;
    }
    await this.#turn(index);
    process.off("unhandledRejection", onRejection);
    this.#measureProcess();
    return index - this.#from;
  }

  async #one(index: number): Promise<void> {
    const target = this.#target;
    const input = this.#input(index);
    const started = performance.now();
    try {
      const verdict = await settled(target.run(input));
      if (verdict === undefined) this.accepted++;
      else this.problems.add(kindOf(verdict));
    } catch {
      this.#fail(index, input, await problemOf(target, input));
    }
    let milliseconds = performance.now() - started;
    if (milliseconds > SLOW_MS) {
      const wait = milliseconds;
      milliseconds = await workOf(target, input, milliseconds);
      const bound = (this.#options.boundMs ?? 100) +
        bytesOf(input) / BYTES_PER_MS;
      if (milliseconds > bound) {
        this.#fail(index, input, `it takes ${Math.round(milliseconds)} ms`);
      } else if (wait > SETTLE_TIMEOUT_MS / 2) {
        this.#fail(index, input, `it waits for ${Math.round(wait)} ms`);
      }
    }
    if (milliseconds > this.slowest.milliseconds) {
      this.slowest = { index, milliseconds, bytes: bytesOf(input) };
    }
    if (milliseconds > MEASURE_ABOVE_MS || index % MEASURE_EVERY === 0) {
      await this.#measure(index, input);
    }
  }

  async #measure(index: number, input: Input): Promise<void> {
    const bound = this.#target.memoryBound(input);
    const before = this.#memory;
    this.#memory = memoryInUse();
    let growth = this.#memory - before;
    if (growth > bound) {
      growth = await growthOf(this.#target, input);
      if (growth > bound) {
        this.#fail(index, input, `it takes ${growth >> 20} MiB`);
      }
      this.#memory = memoryInUse();
    }
    if (growth > this.largestGrowth) this.largestGrowth = growth;
  }

  /**
   * Ends a turn of the event loop. Only then runtimes tell of rejections that nothing handles, so the inputs
   * of the turn are run again, each in one of its own.
   */
  async #turn(end: number): Promise<void> {
    await nextTurn();
    const begin = this.#turnBegin;
    this.#turnBegin = end;
    if (this.#rejections.length === 0) return;
    const first = this.#rejections[0];
    const found = this.failures.length;
    for (let index = begin; index < end; index++) {
      this.#rejections = [];
      const input = this.#input(index);
      await settled(this.#target.run(input)).catch(() => {});
      await nextTurn();
      for (const error of this.#rejections) {
        this.#fail(index, input, `nothing handles ${textOf(error)}`);
      }
    }
    this.#rejections = [];
    if (this.failures.length > found) return;
    const problem = `nothing handles, in an input from ${begin} on, `;
    this.#fail(begin, this.#input(begin), problem + textOf(first));
  }

  #input(index: number): Input {
    return this.#target.generate(new Random(this.#options.seed, index));
  }

  #fail(index: number, input: Input, problem: string): void {
    this.failures.push({ index, problem, parts: input.parts.map(toHex) });
  }

  #measureProcess(): void {
    this.peakMemory = Math.max(this.peakMemory, process.memoryUsage().rss);
  }
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

function bytesOf({ parts }: Input): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/**
 * Measures the processor time of an input, the least of several: other processes may take some
 * away.
 */
async function workOf(
  target: Target,
  input: Input,
  milliseconds: number,
): Promise<number> {
  for (let i = 0; i < 3; i++) {
    const before = process.cpuUsage();
    try {
      await settled(target.run(input));
    } catch {
      // It was told of the first time.
    }
    const { user, system } = process.cpuUsage(before);
    milliseconds = Math.min(milliseconds, (user + system) / 1000);
  }
  return milliseconds;
}

/** Measures the growth of memory over one input: the least of five, because others use the memory of the process too. */
async function growthOf(target: Target, input: Input): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
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

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
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
