/** Answers of a server that the end of an upload or an exchange waits for. */

import type { Source } from "../base/source.ts";
import { handled } from "../base/handled.ts";

/**
 * Passes answers on, and can wait for the next one without taking it: the server may refuse what was sent, and
 * a program that only writes would not learn of it.
 */
export class AwaitedAnswers<T> implements Source<T> {
  readonly #source: Source<T>;
  #isReading = false;
  /** The next answer, if it has been waited for. */
  #next: Promise<T | undefined> | undefined;

  /** Reads from `source`. */
  constructor(source: Source<T>) {
    this.#source = source;
  }

  read(): Promise<T | undefined> {
    this.#isReading = true;
    const answer = this.#next ?? this.#source.read();
    this.#next = undefined;
    const end = () => void (this.#isReading = false);
    answer.then(end, end);
    return answer;
  }

  take(): T | undefined {
    return this.#next ? undefined : this.#source.take?.();
  }

  cancel(reason: unknown): void {
    this.#source.cancel(reason);
  }

  recycle(answer: T): void {
    this.#source.recycle?.(answer);
  }

  /**
   * Waits until the next answer or the end is there, unless something reads it already.
   *
   * @param signal Aborting it cancels the call.
   * @throws The failure of the call.
   */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#isReading) return;
    const next = this.#next ??= handled(this.#source.read());
    // An abort of a stream that is closing waits for the end of that.
    const abort = () => this.cancel(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      await next;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
}
