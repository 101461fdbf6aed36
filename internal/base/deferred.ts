/** A promise that is settled from outside and never reported as unhandled. */

import { handled } from "./handled.ts";

/** A promise with its two ends. */
export interface Deferred<T> {
  /** The promise. A rejection that nobody awaits is not an unhandled rejection. */
  readonly promise: Promise<T>;
  /** Fulfils the promise; without effect once it is settled. */
  resolve(value: T): void;
  /** Rejects the promise; without effect once it is settled. */
  reject(reason: unknown): void;
}

/** Makes a {@linkcode Deferred}. */
export function deferred<T>(): Deferred<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { promise: handled(promise), resolve, reject };
}
