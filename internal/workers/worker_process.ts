/** A worker, as the process sees it that has started it. */

import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import process from "node:process";

import { deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import { afterDelay } from "../base/timers/deadline.ts";
import type { SharedStore } from "../core/shared_store.ts";
import type { ListenAddress } from "../transport/options.ts";
import { Heartbeat } from "./heartbeat.ts";
import { copyLines } from "./log_lines.ts";
import { answerStore } from "./store_channel.ts";
import { WorkerChannel } from "./worker_channel.ts";
import { type FromWorker, WORKER_VARIABLE } from "./worker_messages.ts";

/** Time that a worker has to end after the time of its calls, in milliseconds. */
const KILL_AFTER_MS = 5000;

/** Options of a {@linkcode WorkerProcess}. */
interface WorkerProcessInit {
  /** Number of the worker, from 1 on. */
  readonly index: number;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Address on which the workers are reached. */
  readonly address: ListenAddress;
  /** The store of the group. */
  readonly store: SharedStore;
  /** True if its output is copied with its number before each line. */
  readonly prefixLogs: boolean;
  /** Time without a sign of life after which it is killed, in milliseconds; `Infinity` for none. */
  readonly workerTimeoutMs: number;
  /** Called when it can take a connection. */
  readonly onFree: () => void;
  /** Called when it was asked to end by others; it goes on until it is told to drain. */
  readonly onLeave: () => void;
}

/** Worker process. */
export class WorkerProcess {
  /** Its number. */
  readonly index: number;
  /** Number of its connections. */
  connections = 0;
  /** Resolves when it takes sockets; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves at its end. */
  readonly ended: Promise<void>;
  /** Time at which it was started, by `performance.now()`. */
  readonly startedAt: number = performance.now();
  /** Description of its end. */
  end = "";
  readonly #child: ChildProcess;
  readonly #ready = deferred<void>();
  readonly #ended = deferred<void>();
  readonly #channel: WorkerChannel;
  readonly #heartbeat: Heartbeat;
  #isDraining = false;
  #isHung = false;
  #hasEnded = false;
  #stopKillTimer: () => void = () => {};

  /** @param init The options. */
  constructor(init: WorkerProcessInit) {
    const { index, command, prefixLogs, workerTimeoutMs, onFree } = init;
    this.index = index;
    this.ready = handled(this.#ready.promise);
    this.ended = this.#ended.promise;
    const output = prefixLogs ? "pipe" : "inherit";
    const child = spawn(command[0]!, command.slice(1), {
      env: { ...process.env, [WORKER_VARIABLE]: String(index) },
      stdio: ["ignore", output, output, "ipc"],
    });
    this.#child = child;
    this.#channel = new WorkerChannel(child, () => {
      this.connections--;
      onFree();
    });
    this.#heartbeat = new Heartbeat({
      timeoutMs: workerTimeoutMs,
      ask: () => this.#channel.ask(),
      onHung: () => {
        this.#isHung = true;
        this.kill();
      },
    });
    if (prefixLogs) {
      copyLines(child.stdout!, process.stdout, `worker ${index}: `);
      copyLines(child.stderr!, process.stderr, `worker ${index}: `);
    }
    child.on("message", (message) => {
      this.#received(message as FromWorker, init);
    });
    const over = (end: string): void => {
      if (this.#hasEnded) return;
      this.#hasEnded = true;
      this.#stopKillTimer();
      this.#heartbeat.stop();
      this.end = this.#isHung
        ? `has not answered for ${workerTimeoutMs} ms (option workerTimeoutMs) and was killed`
        : end;
      this.#ready.reject(
        new Error(`worker ${index} ${this.end} before it was ready`),
      );
      this.#ended.resolve();
    };
    child.on("error", (error) => {
      // Also for a message to a process that is gone; its end is told below.
      if (child.pid === undefined) over(`could not start: ${error.message}`);
    });
    child.on("exit", (code, signal) => {
      over(signal === null ? `ended with code ${code}` : `ended by ${signal}`);
    });
  }

  /** Its process id; 0 if it could not start. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** True if it can take a connection: it has taken those before, and answers. */
  get isFree(): boolean {
    return this.#channel.isFree && !this.#heartbeat.isLate;
  }

  /** True if it was told to end. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Gives it an accepted socket, which this process no longer uses. */
  take(socket: Socket): void {
    this.connections++;
    this.#channel.take(socket);
  }

  /** A socket that it was to take, but has not been given before its end. */
  get untaken(): Socket | undefined {
    return this.#channel.untaken;
  }

  /**
   * Lets it finish its calls, then end.
   *
   * @param timeoutMs Time after which its calls are canceled, in milliseconds.
   */
  drain(timeoutMs: number): void {
    if (this.#hasEnded) return;
    this.#isDraining = true;
    this.#stopKillTimer();
    // JSON, by which messages go, has no Infinity.
    if (timeoutMs === Infinity) this.#channel.send({ flight: "drain" });
    else this.#channel.send({ flight: "drain", timeoutMs });
    this.#stopKillTimer = afterDelay(
      timeoutMs + KILL_AFTER_MS,
      () => this.kill(),
    );
  }

  /** Ends it at once. */
  kill(): void {
    if (this.#hasEnded || this.pid === 0) return;
    try {
      process.kill(this.pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }

  #received(
    message: FromWorker,
    { address, store, onFree, onLeave }: WorkerProcessInit,
  ): void {
    switch (message?.flight) {
      case "hello":
        this.#channel.send({ flight: "start", address });
        this.#heartbeat.start();
        break;
      case "ready":
        this.#ready.resolve();
        this.#channel.taken();
        onFree();
        break;
      case "pong":
        this.#heartbeat.answered();
        this.#channel.answered(message.id);
        onFree();
        break;
      case "closed":
        this.connections--;
        break;
      case "store":
        handled(
          answerStore(store, message).then((answer) =>
            this.#channel.send(answer)
          ),
        );
        break;
      case "leave":
        onLeave();
        break;
    }
  }
}
