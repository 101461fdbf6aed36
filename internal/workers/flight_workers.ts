/** The processes behind one address. */

import { objectOption } from "../core/check_option.ts";
import type { Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";

import { deferred } from "../base/deferred.ts";
import { handled, quietly } from "../base/handled.ts";
import { FlightError } from "../core/flight_error.ts";
import type { Location } from "../protocol/location.ts";
import { backoffMs, MAX_BACKOFF_MS } from "../transport/backoff.ts";
import { SHUTDOWN_OPTIONS, waitOption } from "../server/flight_server.ts";
import type { Acceptor } from "./acceptor.ts";
import type { WorkersSettings } from "./workers_options.ts";
import { WorkerProcess } from "./worker_process.ts";

/** Most accepted connections that wait for a worker: each is a file descriptor. */
const MAX_WAITING = 8192;

/** Place of a worker. */
interface Slot {
  /** Its number, from 1 on. */
  readonly index: number;
  /** The worker that takes connections. */
  current: WorkerProcess | undefined;
  /** Number of its workers that have ended too early, one after the other. */
  failures: number;
  /** Delay of the next one. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Worker of a group. */
export interface FlightWorker {
  /** Number of the worker, from 1 on. The one that replaces it has the same. */
  readonly index: number;
  /** Id of its process. */
  readonly pid: number;
  /** Number of its open connections. */
  readonly connections: number;
}

/**
 * Several processes that serve one address. This process accepts the connections and gives each to the
 * worker with the fewest; it neither reads nor writes them.
 */
export class FlightWorkers implements AsyncDisposable {
  /** Location at which clients reach the workers: `publicLocation`, or the bound address and port. */
  readonly location: Location;
  /** The bound TCP port; 0 for a Unix socket. */
  readonly port: number;
  /** Resolves when all workers have ended. */
  readonly closed: Promise<void>;
  readonly #settings: WorkersSettings;
  readonly #acceptor: Acceptor;
  /** Accepted connections that wait until a worker is free. */
  readonly #waiting: Socket[] = [];
  readonly #slots: readonly Slot[];
  /** All processes that have not ended, those that drain included. */
  readonly #processes = new Set<WorkerProcess>();
  readonly #closed = deferred<void>();
  #next = 0;
  #restart: Promise<void> | undefined;
  #stopping = false;

  /**
   * Controls workers that do not run yet.
   *
   * @ignore
   */
  constructor(
    settings: WorkersSettings,
    acceptor: Acceptor,
    bound: { readonly port: number; readonly location: Location },
  ) {
    this.#settings = settings;
    this.#acceptor = acceptor;
    this.port = bound.port;
    this.location = bound.location;
    this.closed = this.#closed.promise;
    this.#slots = Array.from({ length: settings.workers }, (_, i) => ({
      index: i + 1,
      current: undefined,
      failures: 0,
      timer: undefined,
    }));
  }

  /** The workers that take connections. */
  get workers(): readonly FlightWorker[] {
    return this.#ready().map(({ index, pid, connections }) => ({
      index,
      pid,
      connections,
    }));
  }

  /**
   * Starts the workers.
   *
   * @throws {FlightError} UNAVAILABLE when one of them ends before it is ready, CANCELLED when they are shut down
   * before.
   * @ignore
   */
  async begin(): Promise<void> {
    try {
      await Promise.all(this.#slots.map((slot) => this.#fill(slot)));
    } catch (error) {
      const failure = this.#stopping
        ? new FlightError(
          "CANCELLED",
          "the workers were shut down before they were ready",
        )
        : startError("start", error);
      await this.shutdown({ timeoutMs: 0 });
      throw failure;
    }
  }

  /**
   * Gives a connection to a worker.
   *
   * @ignore
   */
  accept(socket: Socket): void {
    if (this.#stopping || this.#waiting.length >= MAX_WAITING) {
      socket.destroy();
      return;
    }
    this.#waiting.push(socket);
    this.#give();
  }

  /** Gives the connections that wait to workers, as long as one is free. */
  #give(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#least();
      if (worker === undefined) return;
      const socket = this.#waiting.shift()!;
      // Its client may have gone meanwhile.
      if (!socket.destroyed) worker.take(socket);
    }
  }

  /**
   * Replaces the workers one after the other: a new one is ready before an old one accepts no more
   * calls, and the old one ends when its calls have. No call fails by it, unless it takes longer than
   * `shutdownTimeoutMs`. A call while the workers are being replaced joins that.
   *
   * @returns A promise that resolves when all workers are new, and the old ones have ended.
   * @throws {FlightError} UNAVAILABLE when a new worker cannot start; the old ones then go on. CANCELLED
   * when the workers are shut down.
   */
  restart(): Promise<void> {
    return this.#restart ??= this.#replaceAll().finally(() =>
      this.#restart = undefined
    );
  }

  /**
   * Accepts no further connections and calls, waits for running calls, then ends the workers. Call it
   * again to shorten the time.
   *
   * @param options `timeoutMs`: the time after which the remaining calls are canceled, in
   * milliseconds, 0 or more; by default the option `shutdownTimeoutMs`.
   * @returns A promise that resolves when all workers have ended.
   * @throws {RangeError} When `timeoutMs` is negative.
   */
  async shutdown(
    options: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<void> {
    objectOption("options", options, SHUTDOWN_OPTIONS);
    const timeoutMs = options.timeoutMs ?? this.#settings.shutdownTimeoutMs;
    waitOption("timeoutMs", timeoutMs);
    if (!this.#stopping) {
      this.#stopping = true;
      this.#acceptor.close();
      for (const { timer } of this.#slots) clearTimeout(timer);
      for (const socket of this.#waiting.splice(0)) socket.destroy();
    }
    for (const worker of [...this.#processes]) worker.drain(timeoutMs);
    if (this.#processes.size === 0) this.#closed.resolve();
    await this.closed;
  }

  /**
   * As `shutdown()`.
   *
   * @returns Resolves when all workers have ended.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #ready(): WorkerProcess[] {
    return this.#slots.flatMap(({ current }) => current ?? []);
  }

  /** The free worker with the fewest connections, in turn among equals. */
  #least(): WorkerProcess | undefined {
    const workers = this.#ready();
    let best: WorkerProcess | undefined;
    for (let i = 0; i < workers.length; i++) {
      const worker = workers[(this.#next + i) % workers.length]!;
      if (!worker.isFree) continue;
      if (best === undefined || worker.connections < best.connections) {
        best = worker;
      }
    }
    if (best) this.#next = (workers.indexOf(best) + 1) % workers.length;
    return best;
  }

  /** Starts a process, and gives it a slot when it is ready; the one that had it ends. */
  async #fill(slot: Slot): Promise<void> {
    const { shutdownTimeoutMs, address, ...settings } = this.#settings;
    const worker = new WorkerProcess({
      ...settings,
      index: slot.index,
      address: "path" in address ? address : { ...address, port: this.port },
      onFree: () => this.#give(),
      onLeave: () => {
        worker.drain(shutdownTimeoutMs);
        this.#lost(slot, worker);
      },
    });
    this.#processes.add(worker);
    handled(worker.ended.then(() => {
      this.#processes.delete(worker);
      this.#lost(slot, worker);
      if (worker.untaken) this.accept(worker.untaken);
      if (this.#stopping && this.#processes.size === 0) this.#closed.resolve();
    }));
    if (this.#stopping) worker.drain(0);
    await worker.ready;
    if (this.#stopping) return;
    slot.current?.drain(shutdownTimeoutMs);
    slot.current = worker;
    this.#give();
  }

  /** Replaces a worker that leaves or has ended by itself. */
  #lost(slot: Slot, worker: WorkerProcess): void {
    if (slot.current !== worker) return;
    slot.current = undefined;
    if (this.#stopping) return;
    if (worker.isDraining) slot.failures = 0;
    else {
      const { index, pid, end } = worker;
      quietly(() => this.#settings.onWorkerEnd({ index, pid, reason: end }));
      const ageMs = performance.now() - worker.startedAt;
      if (ageMs >= MAX_BACKOFF_MS) slot.failures = 0;
      slot.failures++;
    }
    this.#revive(slot);
  }

  /** Fills an empty slot, after a delay that grows with each failure. */
  #revive(slot: Slot): void {
    const retry = (): void => {
      if (this.#stopping || slot.current) return;
      this.#fill(slot).catch((error: Error) => {
        if (this.#stopping || slot.current) return;
        slot.failures++;
        const { index } = slot;
        const reason = error.message;
        quietly(() => this.#settings.onWorkerEnd({ index, pid: 0, reason }));
        this.#revive(slot);
      });
    };
    slot.timer = setTimeout(retry, backoffMs(slot.failures));
  }

  async #replaceAll(): Promise<void> {
    const olds: Promise<void>[] = [];
    for (const slot of this.#slots) {
      const old = slot.current;
      if (old) olds.push(old.ended);
      try {
        if (!this.#stopping) await this.#fill(slot);
      } catch (error) {
        if (!this.#stopping) throw startError("replace", error);
      }
      if (this.#stopping) {
        throw new FlightError("CANCELLED", "the workers were shut down");
      }
      slot.failures = 0;
    }
    await Promise.all(olds);
  }
}

function startError(verb: string, error: unknown): FlightError {
  return new FlightError(
    "UNAVAILABLE",
    `cannot ${verb} the workers: ${(error as Error).message}`,
    { cause: error },
  );
}
