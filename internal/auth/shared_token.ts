/** A token that several calls wait for together. */

/**
 * Keeps a token, and fetches another when there is none. Whoever asks while it is being fetched gets
 * the same one; a failure is for those who waited, and not kept.
 */
export class SharedToken<T> {
  #token: { readonly value: T } | undefined;
  #fetching: Promise<T> | undefined;

  /**
   * The token.
   *
   * @param fetch Fetches one; called when there is none and nobody is fetching.
   */
  get(fetch: () => Promise<T>): Promise<T> {
    if (this.#token) return Promise.resolve(this.#token.value);
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

  /** Replaces the token, such as by one that came with an answer. */
  set(value: T): void {
    this.#token = { value };
    this.#fetching = undefined;
  }

  /** Drops the token, unless it was replaced meanwhile. */
  drop(value: T): void {
    if (this.#token?.value === value) this.#token = undefined;
  }
}
