/** Changes that are waited for: those who wait look again after each. */

import { type Deferred, deferred } from "./deferred.ts";

/** Something that may change at any time. */
export class Change {
  #next: Deferred<void> | undefined;

  /** True if something waits. */
  get isAwaited(): boolean {
    return this.#next !== undefined;
  }

  /** Waits for the next change. */
  next(): Promise<void> {
    this.#next ??= deferred();
    return this.#next.promise;
  }

  /** Notes a change: all that wait go on. */
  notify(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.resolve();
  }
}
