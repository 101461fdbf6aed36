/**
 * A scheduler of Ballista and its executors, as processes on this machine.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { freePorts } from "../../tools/free_ports.ts";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3_000;
const MAX_LOG = 4000;

/** The processes that run. */
const running = new Set<ChildProcess>();

// They must not outlive a process that is interrupted.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** One of the processes. */
export interface Executor {
  /** Name for people. */
  readonly name: string;
  /** Location of its Flight service. */
  readonly location: string;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
}

/** The processes. They end with this object. */
export class Cluster implements AsyncDisposable {
  /** Location of the scheduler. */
  readonly scheduler: string;
  /** The executors. */
  readonly executors: readonly Executor[];
  readonly #processes: Process[];

  private constructor(
    scheduler: string,
    executors: readonly Executor[],
    processes: Process[],
  ) {
    this.scheduler = scheduler;
    this.executors = executors;
    this.#processes = processes;
  }

  /**
   * Starts the processes, and waits until the scheduler knows all executors.
   *
   * @param program The program of `findBallista`.
   * @param executors The number of executors.
   * @param folder The folder for their results.
   */
  static async start(
    program: string,
    executors: number,
    folder: string,
  ): Promise<Cluster> {
    const [port, ...ports] = await freePorts(1 + 2 * executors);
    const processes: Process[] = [];
    try {
      const scheduler = new Process("scheduler", program, [
        "scheduler",
        `${port}`,
      ]);
      processes.push(scheduler);
      // An executor that starts before the scheduler listens waits for seconds.
      await registered(port!, 0, processes);
      const started = Array.from({ length: executors }, async (_, index) => {
        const name = `executor ${index + 1}`;
        const [flight, grpc] = ports.slice(2 * index);
        const work = `${folder}/executor-${index + 1}`;
        await mkdir(work);
        const process = new Process(name, program, [
          "executor",
          `${flight}`,
          `${grpc}`,
          `${port}`,
          work,
        ]);
        processes.push(process);
        return {
          name,
          location: `grpc+tcp://127.0.0.1:${flight}`,
          kill: () => process.stop("SIGKILL"),
        };
      });
      const all = await Promise.all(started);
      await registered(port!, executors, processes);
      return new Cluster(`grpc+tcp://127.0.0.1:${port}`, all, processes);
    } catch (error) {
      await Promise.all(processes.map((process) => process.stop("SIGKILL")));
      throw error;
    }
  }

  /** Ends the scheduler at once, and starts it again at its port. */
  async restartScheduler(): Promise<void> {
    const [scheduler] = this.#processes;
    await scheduler!.stop("SIGKILL");
    this.#processes[0] = scheduler!.again();
    const port = Number(this.scheduler.split(":").at(-1));
    await registered(port, 0, [this.#processes[0]]);
  }

  /** Ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#processes.map((process) => process.stop("SIGTERM")),
    );
  }
}

/** A process, and the last part of its log. */
class Process {
  readonly name: string;
  readonly #command: readonly [program: string, args: readonly string[]];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #end: string | undefined;
  #log = "";

  constructor(name: string, program: string, args: readonly string[]) {
    this.name = name;
    this.#command = [program, args];
    this.#child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.#child);
    for (const output of [this.#child.stdout!, this.#child.stderr!]) {
      output.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-MAX_LOG);
      });
    }
    this.#ended = new Promise((resolve) => {
      const end = (text: string): void => {
        this.#end = text;
        running.delete(this.#child);
        resolve();
      };
      this.#child.once("error", (error) => end(error.message));
      this.#child.once(
        "close",
        (code, signal) => end(signal ?? `exit code ${code}`),
      );
    });
  }

  /** Starts the same program once more. */
  again(): Process {
    return new Process(this.name, ...this.#command);
  }

  /** Throws where the process has ended. */
  checkRuns(): void {
    if (this.#end === undefined) return;
    throw new Error(`${this.name} has ended: ${this.#end}\n${this.#log}`);
  }

  /** Ends the process, and waits until it is gone. */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    // An executor ends only after its tasks. Deno's ChildProcess.kill has no effect the second time.
    const timer = setTimeout(
      () => process.kill(this.#child.pid!, "SIGKILL"),
      STOP_TIMEOUT_MS,
    );
    await this.#ended;
    clearTimeout(timer);
  }
}

/** Waits until the scheduler answers, and knows so many executors. */
async function registered(
  port: number,
  executors: number,
  processes: readonly Process[],
): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS;
  let known: number | undefined;
  while (true) {
    for (const process of processes) process.checkRuns();
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/api/executors`);
      known = (await answer.json() as unknown[]).length;
      if (known >= executors) return;
    } catch {
      // It does not listen yet.
    }
    if (Date.now() > end) {
      throw new Error(
        known === undefined
          ? `the scheduler does not answer at port ${port}`
          : `${known} of ${executors} executors have registered`,
      );
    }
    await delay(50);
  }
}
