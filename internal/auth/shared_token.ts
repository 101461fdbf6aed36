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
   * @param signal Aborted when the call that waits has ended. The fetch may never settle, so later calls do not
   * wait for it.
   * @param isOver Reports whether a kept token is of no more use.
   */
  async get(
    fetch: () => Promise<T>,
    signal: AbortSignal,
    isOver?: (value: T) => boolean,
  ): Promise<T> {
    if (this.#token && isOver?.(this.#token.value)) this.#token = undefined;
    if (this.#token) return this.#token.value;
    // A fetch ends with the request that has begun it, and would never settle for the others.
    if (IS_WORKERS) this.#fetching = undefined;
    const fetching = this.#fetching ??= fetch().then((value) => {
      this.set(value);
      return value;
    });
    const forget = (): void => {
      if (this.#fetching === fetching) this.#fetching = undefined;
    };
    signal.addEventListener("abort", forget);
    try {
      // A rejection would end the fetch too, for which others may wait.
      return await fetching;
    } catch (error) {
      forget();
      throw error;
    } finally {
      signal.removeEventListener("abort", forget);
    }
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
