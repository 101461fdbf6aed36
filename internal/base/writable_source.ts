/** A source of all that is written to a WritableStream. */

import { failureOf } from "./handled.ts";
import { type Deferred, deferred } from "./deferred.ts";
import { isPromise } from "./is_promise.ts";
import type { IdleTimer } from "./timers/idle_timer.ts";
import type { Source } from "./source.ts";

/** Joins a WritableStream to a source. */
interface WritableSource<I, O> {
  /** Stream to write to. */
  readonly writable: WritableStream<I>;
  /**
   * Written values, in order. It ends when the stream is closed, and rejects when it is aborted.
   */
  readonly source: Source<O>;
  /** Called with each chunk all of whose values were processed. */
  onProcessed: ((chunk: I) => void) | undefined;
  /**
   * Called when the end has been pulled; `close()` waits for it, and fails with it. The signal, which some
   * browsers lack, is aborted with the stream.
   */
  onClosed: ((signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/**
 * Makes a WritableStream whose chunks are pulled from a source. The only buffer between them is the
 * one chunk that a WritableStream needs for `pipeTo`. `close()` waits until the end has been
 * pulled.
 *
 * Canceling the source with a reason errors the stream at once. Canceling it with `undefined` means
 * that no more is wanted: a further write fails with `refusal()`. `close()` then succeeds unless a
 * pulled value has not been processed. A request for the next value tells that the one before is
 * done.
 *
 * @param transform Turns a chunk into values. An error that it throws fails that write, the stream
 * and the source.
 * @param refusal Makes the error of writes after the source was canceled with `undefined`.
 * @param timer Runs while a written value waits to be pulled.
 */
export function writableSource<I, O>(
  transform: (chunk: I) => Iterable<O> | Promise<Iterable<O>>,
  refusal: () => unknown,
  timer?: IdleTimer,
): WritableSource<I, O> {
  const source = new WrittenValues<O>(refusal, timer);
  let signal: AbortSignal | undefined;
  const writable = new WritableStream<I>({
    start(controller) {
      signal = controller.signal;
      source.attach(controller);
    },
    async write(chunk) {
      try {
        const given = transform(chunk);
        const values = isPromise(given) ? await given : given;
        for (const value of values) await source.offer(value);
        const { onProcessed } = ends;
        if (onProcessed) source.onNextRead(() => onProcessed(chunk));
      } catch (error) {
        source.fail(error);
        throw error;
      }
    },
    async close() {
      await source.close();
      await ends.onClosed?.(signal);
    },
    abort: (reason) => source.fail(reason),
  }, { highWaterMark: 1 });
  const ends: WritableSource<I, O> = {
    writable,
    source,
    onProcessed: undefined,
    onClosed: undefined,
  };
  return ends;
}

/** The state between the two ends: at most one value waits, or one read. */
class WrittenValues<O> implements Source<O> {
  readonly #refusal: () => unknown;
  readonly #timer: IdleTimer | undefined;
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
  readonly #processed: (() => void)[] = [];

  constructor(refusal: () => unknown, timer: IdleTimer | undefined) {
    this.#refusal = refusal;
    this.#timer = timer;
  }

  /** Takes the controller of the stream, before anything is written. */
  attach(controller: WritableStreamDefaultController): void {
    this.#controller = controller;
    // abort() waits for a pending write, which may in turn wait for the other side.
    const { signal } = controller;
    signal?.addEventListener("abort", () => this.fail(signal.reason));
  }

  /** Calls back when the values that were pulled have been processed. */
  onNextRead(run: () => void): void {
    this.#processed.push(run);
  }

  /** Hands a value to the reader; resolves when it has been pulled. */
  offer(value: O): Promise<void> {
    if (typeof this.#outcome === "object") throw this.#outcome.error;
    if (this.#refused) throw this.#refusal();
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
  close(): Promise<void> | undefined {
    if (typeof this.#outcome === "object") throw this.#outcome.error;
    if (this.#refused?.isLost) throw this.#refusal();
    if (this.#refused || this.#pendingRead) {
      this.#outcome = "closed";
      this.#timer?.close();
      this.#pendingRead?.resolve(undefined);
      this.#pendingRead = undefined;
      return undefined;
    }
    this.#closing = deferred();
    this.#timer?.start();
    return this.#closing.promise;
  }

  /** Ends both sides with an error; the first call decides. */
  fail(reason: unknown): void {
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
    while (this.#processed.length > 0) this.#processed.shift()!();
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
      this.fail(reason);
      this.#controller?.error(reason);
      return;
    }
    this.#timer?.close();
    this.#refused = {
      isLost: this.#isUnderWay || this.#offered !== undefined,
    };
    this.#pendingRead?.resolve(undefined);
    this.#offered?.done.reject(this.#refusal());
    if (this.#refused.isLost) this.#closing?.reject(this.#refusal());
    else this.#closing?.resolve();
    this.#pendingRead = this.#offered = this.#closing = undefined;
  }
}
