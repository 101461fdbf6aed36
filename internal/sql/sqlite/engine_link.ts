/** The calls of a connection to its worker. */

import { deferred } from "../../base/deferred.ts";
import { FlightError } from "../../core/flight_error.ts";
import { stopReason } from "../database/call_signal.ts";
import type {
  EngineOperation,
  EngineOperations,
} from "./engine/engine_protocol.ts";
import {
  type EngineReply,
  type EngineWorker,
  startEngineWorker,
} from "./worker.ts";

type Result<K extends EngineOperation> = ReturnType<EngineOperations[K]>;

interface PendingCall {
  readonly resolve: (value: never) => void;
  readonly reject: (error: FlightError) => void;
  /** Ends what watches the call, once it is answered or given up. */
  readonly settle: () => void;
}

/** Calls are carried out in order, one at a time. */
export class EngineLink {
  readonly #worker: EngineWorker;
  readonly #graceMs: number;
  readonly #pending = new Map<number, PendingCall>();
  /** Calls that were given up, until the worker answers them. */
  readonly #stopped = new Set<number>();
  readonly #ended = deferred<void>();
  #next = 1;
  #broken: FlightError | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param graceMs How long a call that was given up may go on before the worker is left alone.
   * @param onEnd Is told when the worker has ended.
   */
  constructor(graceMs: number, onEnd: () => void) {
    this.#graceMs = graceMs;
    this.#worker = startEngineWorker(
      (reply) => this.#onReply(reply),
      (error) => {
        this.#break(
          new FlightError(
            "UNAVAILABLE",
            "The worker of the connection has ended",
            error instanceof Error ? { cause: error } : {},
          ),
        );
        this.#ended.resolve();
        onEnd();
      },
    );
  }

  /** Waits until the worker has ended, or for a time. */
  async ended(waitMs: number): Promise<void> {
    const timer = setTimeout(() => this.#ended.resolve(), waitMs);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  /** True if calls can be made. */
  get isUsable(): boolean {
    return this.#broken === undefined;
  }

  /**
   * Closes the database, so that the worker can open it again.
   *
   * @param waitMs How long to wait for the work that the engine is in.
   * @returns Whether the worker is free.
   */
  async close(waitMs: number): Promise<boolean> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), waitMs);
    try {
      await this.call("close", [], controller.signal);
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Carries out an operation.
   *
   * @param signal Gives the call up: the result is no longer waited for, and the engine stops at the next
   * row.
   */
  call<K extends EngineOperation>(
    operation: K,
    args: Parameters<EngineOperations[K]>,
    signal?: AbortSignal,
  ): Promise<Result<K>> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    if (signal?.aborted) return Promise.reject(stopReason(signal));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => this.#stop(id, stopReason(signal!));
      this.#pending.set(id, {
        resolve,
        reject,
        settle: () => signal?.removeEventListener("abort", onAbort),
      });
      signal?.addEventListener("abort", onAbort);
      this.#worker.keepAlive(true);
      this.#worker.post({ id, operation, args });
    });
  }

  #stop(id: number, reason: FlightError): void {
    this.#worker.stop(id);
    this.#stopped.add(id);
    this.#take(id)?.reject(reason);
    this.#grace ??= setTimeout(() => {
      this.#break(
        new FlightError(
          "UNAVAILABLE",
          "The connection was given up: a statement that was canceled did not end",
        ),
      );
    }, this.#graceMs);
  }

  #take(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    call?.settle();
    return call;
  }

  #onReply({ id, value, failure }: EngineReply): void {
    const call = this.#take(id);
    this.#stopped.delete(id);
    if (this.#stopped.size === 0) this.#stopGrace();
    if (this.#pending.size + this.#stopped.size === 0) {
      this.#worker.keepAlive(false);
    }
    if (failure !== undefined) {
      call?.reject(new FlightError(failure.code, failure.details));
    } else call?.resolve(value as never);
  }

  #stopGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
  }

  /** Leaves the worker alone: it ends when the engine comes back, and its transaction is rolled back. */
  abandon(): void {
    this.#break(
      new FlightError("FAILED_PRECONDITION", "The connection is closed"),
    );
  }

  #break(reason: FlightError): void {
    if (this.#broken !== undefined) return;
    this.#broken = reason;
    this.#stopGrace();
    this.#worker.end();
    for (const id of [...this.#pending.keys()]) this.#take(id)!.reject(reason);
  }
}
