/** Calls that run a query in an engine, which goes on when the call is abandoned: it must be told. */

import { handled } from "../../base/handled.ts";
import { sleep } from "../../base/timers/sleep.ts";
import { untilAborted } from "../../base/timers/until_aborted.ts";
import type { GatewayEngine } from "./engine.ts";
import type { Query } from "../queries.ts";
import type { Replica } from "../replicas.ts";

/**
 * Times between two attempts to cancel a job, in milliseconds: it may not be known yet by its name, or be canceled while it
 * is queued, which engines forget. The first is made at once.
 */
const FIRST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 100;

/** Longest time of an attempt, in milliseconds. */
const ATTEMPT_MS = 2_000;

/** Time after which a job is given up that does not end, in milliseconds. */
const GIVE_UP_MS = 30_000;

/** Runs jobs, and cancels those that are abandoned. */
export class Jobs {
  readonly #engine: GatewayEngine | undefined;
  readonly #canceling = new Set<Promise<void>>();

  constructor(engine: GatewayEngine | undefined) {
    this.#engine = engine;
  }

  /** True if jobs are canceled by the engine, and not by the end of their calls. */
  get areCanceled(): boolean {
    return this.#engine?.cancel !== undefined;
  }

  /**
   * Runs a job.
   *
   * @param query Its query.
   * @param replica The replica that runs it.
   * @param signal Abandons it.
   * @param call Makes the call. Its own signal is aborted once the job has ended in the engine.
   * @returns The answer; rejects with the reason of `signal` as soon as that is aborted.
   */
  async run<T>(
    query: Query,
    replica: Replica,
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (!this.areCanceled) return await call(signal);
    signal.throwIfAborted();
    const stop = new AbortController();
    const running = handled(call(stop.signal));
    try {
      return await untilAborted(running, signal);
    } finally {
      if (signal.aborted) this.#cancel(query, replica, running, stop);
    }
  }

  /** Waits for the end of all attempts. */
  async settle(): Promise<void> {
    await Promise.all(this.#canceling);
  }

  #cancel(
    query: Query,
    replica: Replica,
    running: Promise<unknown>,
    stop: AbortController,
  ): void {
    const end = replica.begin();
    const attempt = this.#untilEnded(query, replica, running).then(() => {
      stop.abort();
      end();
      this.#canceling.delete(attempt);
    });
    this.#canceling.add(attempt);
  }

  async #untilEnded(
    { id }: Query,
    { location }: Replica,
    running: Promise<unknown>,
  ): Promise<void> {
    const ended = new AbortController();
    const end = () => ended.abort();
    running.then(end, end);
    const giveUpAt = performance.now() + GIVE_UP_MS;
    let retryMs = FIRST_RETRY_MS;
    while (!ended.signal.aborted && performance.now() < giveUpAt) {
      try {
        await this.#engine!.cancel!(
          { id, replica: location },
          AbortSignal.timeout(ATTEMPT_MS),
        );
      } catch {
        // The job may be found the next time; or it has ended.
      }
      await sleep(retryMs, ended.signal).catch(() => {});
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
    }
  }
}
