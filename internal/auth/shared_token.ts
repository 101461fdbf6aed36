/** A token that several calls wait for together. */

import { IS_WORKERS } from "../base/is_workers.ts";

/**
 * Keeps a token, and fetches another when there is none. Concurrent callers get the same one; a
 * failure reaches all of them, and is not kept.
 */
export class SharedToken<T> {
  #token: { readonly value: T } | undefined;
  #fetching: Promise<T> | undefined;

  /**
   * Returns the token.
   *
   * @param fetch Fetches one; called when there is none and no fetch is running.
   */
  get(fetch: () => Promise<T>): Promise<T> {
    if (this.#token) return Promise.resolve(this.#token.value);
    // A fetch ends with the request that has begun it, and would never settle for the others.
    if (IS_WORKERS) this.#fetching = undefined;
    this.#fetching ??= fetch().then(
      (value) => {
        this.set(value);
        return value;
      },
      (error) => {
        this.#fetching = undefined;
        throw error;
      },
    );
    return this.#fetching;
  }

  /** Replaces the token, such as by one from an answer. */
  set(value: T): void {
    this.#token = { value };
    this.#fetching = undefined;
  }

  /** Drops the token, unless it was replaced in the meantime. */
  drop(value: T): void {
    if (this.#token?.value === value) this.#token = undefined;
  }
}
