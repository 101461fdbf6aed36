/** A bound on waits that all have the same time. */

import { IS_WORKERS } from "../is_workers.ts";
import { PassingMap } from "../lifetimes/passing_map.ts";

/** A wait that has begun. */
interface Wait {
  readonly since: number;
  readonly expire: () => void;
}

type Timer = ReturnType<typeof setTimeout>;

/**
 * Calls back for each wait that takes too long. All share one timer, because they end in the order
 * in which they began. It keeps the process alive only while a wait is pending. On Workers, where a
 * timer ends with its request, each wait has its own.
 */
export class EqualWaits {
  readonly #timeoutMs: number;
  /** In the order of their beginning. */
  readonly #waits = new PassingMap<Wait, Wait>();
  #timer: Timer | undefined;

  /** @param timeoutMs How long each wait may take, in milliseconds, at most 2³¹ − 1. */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Begins a wait.
   *
   * @param expire Called once if the wait takes longer.
   * @returns A function that ends the wait; idempotent.
   */
  begin(expire: () => void): () => void {
    if (IS_WORKERS) {
      const timer = setTimeout(expire, this.#timeoutMs);
      return () => clearTimeout(timer);
    }
    const wait = { since: performance.now(), expire };
    this.#waits.set(wait, wait);
    if (this.#timer === undefined) this.#arm(this.#timeoutMs);
    else if (this.#waits.size === 1) setRef(this.#timer, true);
    return () => this.#end(wait);
  }

  #end(wait: Wait): void {
    if (!this.#waits.delete(wait) || this.#waits.size > 0) return;
    if (this.#timer === undefined || setRef(this.#timer, false)) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = setTimeout(() => this.#look(), delayMs);
  }

  #look(): void {
    this.#timer = undefined;
    for (;;) {
      const wait = this.#waits.first();
      if (wait === undefined) return;
      const left = wait.since + this.#timeoutMs - performance.now();
      if (left > 0) {
        if (this.#timer === undefined) this.#arm(Math.ceil(left));
        return;
      }
      this.#waits.delete(wait);
      wait.expire();
    }
  }
}

/** Sets whether a timer keeps the process alive. It returns false where timers are numbers. */
function setRef(timer: Timer, isRef: boolean): boolean {
  const object = timer as { ref?(): void; unref?(): void };
  if (typeof object.unref !== "function") return false;
  if (isRef) object.ref!();
  else object.unref();
  return true;
}
