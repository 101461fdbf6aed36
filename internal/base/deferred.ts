/** Promises that are settled from outside and never reported as unhandled. */

import { handled } from "./handled.ts";

/** A promise with its two ends. */
export interface Deferred<T> {
  /**
   * The promise. A rejection without a listener is not reported as unhandled.
   */
  readonly promise: Promise<T>;
  /** Fulfils the promise; without effect once it is settled. */
  resolve(value: T): void;
  /** Rejects the promise; without effect once it is settled. */
  reject(reason: unknown): void;
}

/** Makes a {@linkcode Deferred}. */
export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  // Node.js has Promise.withResolvers() from version 22 on.
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise: handled(promise), resolve, reject };
}

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
