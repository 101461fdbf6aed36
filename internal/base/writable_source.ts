/** A source of all that is written to a WritableStream. */

import { failureOf, handled } from "./handled.ts";
import { type Deferred, deferred } from "./deferred.ts";
import { isPromise } from "./is_promise.ts";
import type { IdleTimer } from "./timers/idle_timer.ts";
import type { Source } from "./source.ts";

/** Options of {@linkcode WritableSource}. */
interface WritableSourceOptions<I, O> {
  /**
   * Turns a chunk into values. An error that it throws fails that write, the stream and the source.
   *
   * @param chunk What was written.
   */
  transform(chunk: I): Iterable<O> | Promise<Iterable<O>>;
  /** Makes the error of writes after the source was canceled with `undefined`. */
  refusal(): unknown;
  /** Runs while a written value waits to be pulled. */
  readonly timer?: IdleTimer | undefined;
}

/**
 * Values that are written to a WritableStream, in order. The source ends when the stream is closed, and
 * rejects when it is aborted. The only buffer between them is the one chunk that a WritableStream needs
 * for `pipeTo`.
 *
 * Canceling the source with a reason errors the stream at once. Canceling it with `undefined` means
 * that no more is wanted: a further write fails with `refusal()`. `close()` of the stream then succeeds
 * unless a pulled value has not been processed. A request for the next value tells that the one before is
 * done.
 */
export class WritableSource<I, O> implements Source<O> {
  /**
   * Called when the end has been pulled; `close()` waits for it, and fails with it. The signal, which some
   * browsers lack, is aborted with the stream.
   */
  onClosed: ((signal: AbortSignal | undefined) => Promise<void>) | undefined;
  readonly #options: WritableSourceOptions<I, O>;
  readonly #timer: IdleTimer | undefined;
  #writable: WritableStream<I> | undefined;
  #controller: WritableStreamDefaultController | undefined;
  #pendingRead: Deferred<O | undefined> | undefined;
  #offered: { value: O; done: Deferred<void> } | undefined;
  /** Set from `close()` until the end has been pulled. */
  #closing: Deferred<void> | undefined;
  /** True after a value was pulled, until the next one is requested. */
  #isUnderWay = false;
  /** Set when no more is wanted. `isLost` says that a written value was not processed. */
  #refused: { isLost: boolean } | undefined;
  #outcome: { error: unknown } | "closed" | undefined;

  /** Makes a source to which nothing has been written. */
  constructor(options: WritableSourceOptions<I, O>) {
    this.#options = options;
    this.#timer = options.timer;
  }

  /** Stream to write to; it is made when it is first asked for. */
  get writable(): WritableStream<I> {
    if (this.#writable !== undefined) return this.#writable;
    this.#writable = new WritableStream<I>({
      start: (controller) => this.#attach(controller),
      write: (chunk) => this.#write(chunk),
      close: async () => {
        await this.#close();
        await this.onClosed?.(this.#controller?.signal);
      },
      abort: (reason) => this.#fail(reason),
    }, { highWaterMark: 1 });
    if (this.#outcome === "closed") handled(this.#writable.close());
    return this.#writable;
  }

  /** True if nothing else writes to the stream. */
  get isLocked(): boolean {
    return this.#writable?.locked ?? false;
  }

  /**
   * Closes the stream, or does without one.
   *
   * @returns Rejects when something that was written is lost; undefined if there was no stream.
   */
  end(): Promise<void> | undefined {
    if (this.#writable !== undefined) return this.#writable.close();
    if (this.#outcome === undefined) this.#setClosed();
    return undefined;
  }

  #attach(controller: WritableStreamDefaultController): void {
    this.#controller = controller;
    if (typeof this.#outcome === "object") {
      controller.error(this.#outcome.error);
      return;
    }
    // abort() waits for a pending write, which may in turn wait for the other side.
    const { signal } = controller;
    signal?.addEventListener("abort", () => this.#fail(signal.reason));
  }

  async #write(chunk: I): Promise<void> {
    try {
      const given = this.#options.transform(chunk);
      const values = isPromise(given) ? await given : given;
      for (const value of values) await this.#offer(value);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Hands a value to the reader; resolves when it has been pulled. */
  #offer(value: O): Promise<void> {
    if (typeof this.#outcome === "object") throw this.#outcome.error;
    if (this.#refused) throw this.#options.refusal();
    if (this.#pendingRead !== undefined) {
      this.#isUnderWay = true;
      this.#pendingRead.resolve(value);
      this.#pendingRead = undefined;
      return Promise.resolve();
    }
    const done = deferred<void>();
    this.#offered = { value, done };
    this.#timer?.start();
    return done.promise;
  }

  /** Ends the values; resolves when the end has been pulled. */
  #close(): Promise<void> | undefined {
    if (typeof this.#outcome === "object") throw this.#outcome.error;
    if (this.#refused?.isLost) throw this.#options.refusal();
    if (this.#outcome || this.#refused || this.#pendingRead) {
      this.#setClosed();
      return undefined;
    }
    this.#closing = deferred();
    this.#timer?.start();
    return this.#closing.promise;
  }

  #setClosed(): void {
    this.#outcome = "closed";
    this.#timer?.close();
    this.#pendingRead?.resolve(undefined);
    this.#pendingRead = undefined;
  }

  /** Ends both sides with an error; the first call decides. */
  #fail(reason: unknown): void {
    if (this.#outcome !== undefined) return;
    const error = failureOf(reason, "a WritableStream");
    this.#outcome = { error };
    this.#timer?.close();
    this.#pendingRead?.reject(error);
    this.#offered?.done.reject(error);
    this.#closing?.reject(error);
    this.#pendingRead = this.#offered = this.#closing = undefined;
  }

  read(): Promise<O | undefined> {
    this.#isUnderWay = false;
    if (this.#offered !== undefined) {
      const { value, done } = this.#offered;
      this.#offered = undefined;
      this.#isUnderWay = true;
      this.#timer?.stop();
      done.resolve();
      return Promise.resolve(value);
    }
    if (this.#closing !== undefined) {
      this.#outcome = "closed";
      this.#timer?.close();
      this.#closing.resolve();
      this.#closing = undefined;
    }
    if (typeof this.#outcome === "object") {
      return Promise.reject(this.#outcome.error);
    }
    if (this.#outcome || this.#refused) return Promise.resolve(undefined);
    this.#pendingRead = deferred();
    return this.#pendingRead.promise;
  }

  cancel(reason: unknown): void {
    if (this.#outcome !== undefined || this.#refused) return;
    if (reason !== undefined) {
      // The canceling side does not need to hear of it.
      this.#pendingRead?.resolve(undefined);
      this.#pendingRead = undefined;
      this.#fail(reason);
      this.#controller?.error(reason);
      return;
    }
    this.#timer?.close();
    this.#refused = {
      isLost: this.#isUnderWay || this.#offered !== undefined,
    };
    this.#pendingRead?.resolve(undefined);
    this.#offered?.done.reject(this.#options.refusal());
    if (this.#refused.isLost) this.#closing?.reject(this.#options.refusal());
    else this.#closing?.resolve();
    this.#pendingRead = this.#offered = this.#closing = undefined;
  }
}
