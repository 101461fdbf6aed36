/**
 * The processes of a run. None of them outlives it: they are killed when it
 * exits or is interrupted, and end with their standard input otherwise.
 *
 * @module
 */
import { TextLines } from "../../tools/text_lines.ts";
import type { PerfResult } from "../transfer/perf_run.ts";
import type { Answer } from "./worker.ts";

/** Root of the repository, the working directory of all processes. */
export const ROOT = new URL("../../", import.meta.url);

/** Longest wait for the port of a server, or for the end of a worker. */
const START_TIMEOUT_MS = 20_000;

/** Longest wait for a worker to end by itself, and remove its files. */
const END_TIMEOUT_MS = 1_000;

const children = new Set<Deno.ChildProcess>();

function killAll(): void {
  for (const child of children) kill(child);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

globalThis.addEventListener("unload", killAll);
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.addSignalListener(signal, () => {
    killAll();
    Deno.exit(code);
  });
}

function spawn(
  [program = "", ...args]: readonly string[],
  stdin: "piped" | "null",
): Deno.ChildProcess {
  const child = new Deno.Command(program, {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  children.add(child);
  child.status.finally(() => children.delete(child));
  return child;
}

function linesOf(
  child: Deno.ChildProcess,
): ReadableStreamDefaultReader<string> {
  return child.stdout
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLines())
    .getReader();
}

/** Rejects when `promise` takes longer. */
async function within<T>(
  promise: Promise<T>,
  milliseconds: number,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) =>
        timer = setTimeout(
          () => reject(new Error(`hung for ${milliseconds / 1000} s`)),
          milliseconds,
        )
      ),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs a program that prints a line of JSON at its end.
 *
 * @throws {Error} When it fails.
 */
export async function runJson<T>(
  command: readonly string[],
  timeoutMs: number,
): Promise<T> {
  const child = spawn(command, "null");
  try {
    const { success, code, stdout } = await within(child.output(), timeoutMs);
    if (!success) throw new Error(`exit code ${code}`);
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    return JSON.parse(lines.at(-1)!);
  } finally {
    kill(child);
  }
}

/** A process that can be started again after it hung or crashed. */
abstract class Restartable {
  readonly #command: readonly string[];
  #child: Deno.ChildProcess | undefined;

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /** The process id. */
  get pid(): number {
    return this.#child!.pid;
  }

  /** Starts the process, or starts it again. */
  async start(): Promise<void> {
    await this.stop();
    this.#child = spawn(this.#command, "piped");
    await this.started(this.#child);
  }

  /** Kills the process. */
  async stop(): Promise<void> {
    if (this.#child === undefined) return;
    kill(this.#child);
    await this.#child.status;
  }

  protected abstract started(child: Deno.ChildProcess): Promise<void> | void;
}

/** A benchmark server. */
export class PerfServer extends Restartable {
  /** Its port. */
  port = 0;

  protected override async started(child: Deno.ChildProcess): Promise<void> {
    const { value } = await within(linesOf(child).read(), START_TIMEOUT_MS);
    // Go's server ends the line with dots.
    this.port = Number(/(\d+)(?: \.\.\.)?$/.exec(value ?? "")?.[1]);
    if (!(this.port > 0)) throw new Error("the server did not say its port");
  }
}

/** A benchmark client that executes requests. */
export class PerfWorker extends Restartable {
  #lines: ReadableStreamDefaultReader<string> | undefined;
  #requests: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  protected override started(child: Deno.ChildProcess): void {
    this.#lines = linesOf(child);
    this.#requests = child.stdin.getWriter();
    this.#ended = child.status;
  }

  override async stop(): Promise<void> {
    // It ends with its standard input, unless it hangs.
    this.#requests?.close().catch(() => {});
    await within(this.#ended, END_TIMEOUT_MS).catch(() => {});
    await super.stop();
  }

  /**
   * Executes one run.
   *
   * @throws {Error} When it fails or hangs; start the worker again.
   */
  async perf<T = PerfResult>(
    args: readonly string[],
    timeoutMs: number,
  ): Promise<T> {
    const request = new TextEncoder().encode(JSON.stringify(args) + "\n");
    this.#requests!.write(request).catch(() => {
      // It has crashed, which the next read reports.
    });
    const { value } = await within(this.#lines!.read(), timeoutMs);
    if (value === undefined) throw new Error("crashed");
    const answer: Answer<T> = JSON.parse(value);
    if ("error" in answer) throw new Error(answer.error);
    return answer.result;
  }
}
