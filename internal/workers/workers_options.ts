/** Options of a group of workers. */

import { availableParallelism } from "node:os";
import process from "node:process";

import {
  arrayOption,
  booleanOption,
  functionOption,
  integerOption,
  MAX_TIMER_MS,
  textOption,
} from "../core/check_option.ts";
import { END_OPTIONS, type OptionNames } from "../core/known_options.ts";
import {
  MemoryStore,
  requiredStore,
  type SharedStore,
} from "../core/shared_store.ts";
import { checkServerOptions } from "../server/flight_server.ts";
import type { ServeOptions } from "../server/serve_options.ts";
import type { ListenAddress } from "../transport/options.ts";
import { ownCommand } from "./worker_command.ts";

/** Most workers of a group. */
const MAX_WORKERS = 1024;

/** End of a worker that was not asked to end. */
export interface WorkerEnd {
  /** Number of the worker, from 1 on. */
  readonly index: number;
  /** Id of its process; 0 for one that has never served. */
  readonly pid: number;
  /** Description of its end, such as `ended with code 1` or `ended by SIGSEGV`, or that it was killed because it hung. */
  readonly reason: string;
}

/**
 * Options of `serveWorkers`: those of `serve`, which apply to each worker, and some for all of them.
 * Limits such as `maxConnections` count in each worker by itself.
 */
export interface ServeWorkersOptions extends Omit<ServeOptions, "transport"> {
  /** Number of processes that serve, 1 to 1024. Default: one for each core of the machine. */
  readonly workers?: number | undefined;
  /**
   * Command that starts a worker: a program and its arguments. That program must call `serveWorkers`
   * too. Default: the command of this process, so that the workers run the same program. On Deno, it is
   * known only on Linux with `--allow-all`, and for compiled programs.
   */
  readonly command?: readonly string[] | undefined;
  /**
   * Puts `worker 1: ` and so on before each line that a worker writes. Without it, workers write to
   * the output of this process directly. Default: true.
   */
  readonly prefixLogs?: boolean | undefined;
  /**
   * Time after which a worker is replaced that runs nothing any more, in milliseconds, 1,000 to 2³¹ − 1, or Infinity for
   * never. Each worker is asked at least every second, and answers between two pieces of work: set it to more than the
   * longest time for which a handler works without a pause. A worker that is late gets no connections while another one
   * answers. One that has not answered for this time is killed, and all of its calls fail. A pause of the whole machine
   * does not count. Default: 60,000, a minute.
   */
  readonly workerTimeoutMs?: number | undefined;
  /**
   * Store for what the workers share: `workerStore()` in each of them. Default: a new `MemoryStore`.
   */
  readonly store?: SharedStore | undefined;
  /**
   * Called when a worker has ended that was not asked to, or could not start again. Another one is
   * started, after a delay that grows to 5 seconds. Its errors are ignored, those of a promise too.
   * Default: a line on standard error.
   */
  readonly onWorkerEnd?: ((end: WorkerEnd) => void) | undefined;
}

/** The names of {@linkcode ServeWorkersOptions}. */
const SERVE_WORKERS_OPTIONS: OptionNames<ServeWorkersOptions> = {
  ...END_OPTIONS,
  workers: true,
  command: true,
  prefixLogs: true,
  workerTimeoutMs: true,
  store: true,
  onWorkerEnd: true,
};

/** Checked options. */
export interface WorkersSettings {
  readonly workers: number;
  readonly command: readonly string[];
  readonly prefixLogs: boolean;
  readonly workerTimeoutMs: number;
  readonly store: SharedStore;
  readonly shutdownTimeoutMs: number;
  readonly onWorkerEnd: (end: WorkerEnd) => void;
  /** The address to bind. */
  readonly address: ListenAddress;
}

/**
 * Checks the options of a group.
 *
 * @throws {RangeError} When a number is out of its range.
 * @throws {TypeError} When an option is of the wrong type.
 */
export function workersSettings(
  options: ServeWorkersOptions,
): WorkersSettings {
  const {
    workers = availableParallelism(),
    command,
    prefixLogs = true,
    workerTimeoutMs = 60_000,
    store = ownStore(),
    shutdownTimeoutMs = 30_000,
    onWorkerEnd = reportEnd,
    hostname = "127.0.0.1",
    port = 0,
    path,
  } = options;
  if ("transport" in options && options.transport !== undefined) {
    throw new TypeError(
      "Cannot use option transport: workers have the HTTP/2 of this package",
    );
  }
  checkServerOptions(options, SERVE_WORKERS_OPTIONS);
  arrayOption("command", command);
  if (command?.length === 0) {
    throw new TypeError("Cannot use option command: it is empty");
  }
  for (const part of command ?? []) textOption("command", part || "-");
  return {
    workers: integerOption("workers", workers, 1, MAX_WORKERS),
    command: command ?? ownCommand(),
    prefixLogs: booleanOption("prefixLogs", prefixLogs),
    workerTimeoutMs: workerTimeoutMs === Infinity
      ? workerTimeoutMs
      : integerOption("workerTimeoutMs", workerTimeoutMs, 1000, MAX_TIMER_MS),
    store: useStore(requiredStore("store", store)),
    shutdownTimeoutMs,
    onWorkerEnd: functionOption("onWorkerEnd", onWorkerEnd),
    address: path === undefined ? { hostname, port } : { path },
  };
}

let own: SharedStore | undefined;

/** The store of this process. */
export function ownStore(): SharedStore {
  return own ??= new MemoryStore();
}

function useStore(store: SharedStore): SharedStore {
  return own = store;
}

function reportEnd({ index, pid, reason }: WorkerEnd): void {
  const who = pid === 0 ? "" : `worker ${index} (process ${pid}) `;
  process.stderr.write(`flight: ${who}${reason}; it is started again\n`);
}
