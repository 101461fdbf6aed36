/** An abort signal that costs nothing until it is asked for. */

/**
 * Aborts once, as an AbortController does. Its signal is made when it is first asked for: most
 * calls end without having needed theirs, and to make, hear and abort one is a good part of the
 * time of a small call.
 */
export class LazyAbort {
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #listeners: (() => void)[] | undefined;

  /** The signal; it is aborted already if `abort` has been called. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  /** True once `abort` has been called. */
  get isAborted(): boolean {
    return this.#aborted !== undefined;
  }

  /** Argument of `abort`. */
  get reason(): unknown {
    return this.#aborted?.reason;
  }

  /** Calls `listener` when `abort` is called, before the listeners of the signal. */
  onAbort(listener: () => void): void {
    if (this.#aborted) return;
    if (this.#listeners === undefined) this.#listeners = [listener];
    else this.#listeners.push(listener);
  }

  /** Aborts with `reason`; without effect the second time. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = { reason };
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) {
      for (const listener of listeners) listener();
    }
    this.#controller?.abort(reason);
  }
}
