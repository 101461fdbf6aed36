/** A source of all that is written to a WritableStream. */

import { type Deferred, deferred } from "./deferred.ts";
import type { IdleTimer } from "./idle_timer.ts";
import type { Source } from "./source.ts";

/** Joins a WritableStream to a source. */
interface WritableSource<I, O> {
  /** Stream to write to. */
  readonly writable: WritableStream<I>;
  /**
   * Written values, in order. It ends when the stream is closed, and rejects when it is aborted.
   */
  readonly source: Source<O>;
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
 * @param transform Turns a chunk into a value. An error that it throws fails that write, the stream
 * and the source.
 * @param refusal Makes the error of writes after the source was canceled with `undefined`.
 * @param timer Runs while a written value waits to be pulled.
 */
export function writableSource<I, O>(
  transform: (chunk: I) => Iterable<O>,
  refusal: () => unknown,
  timer?: IdleTimer,
): WritableSource<I, O> {
  let controller: WritableStreamDefaultController | undefined;
  let pendingRead: Deferred<O | undefined> | undefined;
  let offered: { value: O; done: Deferred<void> } | undefined;
  /** Set from `close()` until the end has been pulled. */
  let closing: Deferred<void> | undefined;
  /** True after a value was pulled, until the next one is requested. */
  let isUnderWay = false;
  /** Set when no more is wanted. `isLost` says that a written value was not processed. */
  let refused: { isLost: boolean } | undefined;
  let outcome: { error: unknown } | "closed" | undefined;

  const fail = (error: unknown): void => {
    if (outcome !== undefined) return;
    outcome = { error };
    timer?.close();
    pendingRead?.reject(error);
    offered?.done.reject(error);
    closing?.reject(error);
    pendingRead = offered = closing = undefined;
  };

  const offer = (value: O): Promise<void> => {
    if (typeof outcome === "object") throw outcome.error;
    if (refused) throw refusal();
    if (pendingRead !== undefined) {
      isUnderWay = true;
      pendingRead.resolve(value);
      pendingRead = undefined;
      return Promise.resolve();
    }
    const done = deferred<void>();
    offered = { value, done };
    timer?.start();
    return done.promise;
  };

  const writable = new WritableStream<I>({
    start(c) {
      controller = c;
      // abort() below waits for a pending write, which may in turn wait for the other side.
      c.signal?.addEventListener("abort", () => fail(c.signal.reason));
    },
    async write(chunk) {
      try {
        for (const value of transform(chunk)) await offer(value);
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    close() {
      if (typeof outcome === "object") throw outcome.error;
      if (refused?.isLost) throw refusal();
      if (refused || pendingRead) {
        outcome = "closed";
        timer?.close();
        pendingRead?.resolve(undefined);
        pendingRead = undefined;
        return;
      }
      closing = deferred();
      timer?.start();
      return closing.promise;
    },
    abort: fail,
  }, { highWaterMark: 1 });

  const source: Source<O> = {
    read() {
      isUnderWay = false;
      if (offered !== undefined) {
        const { value, done } = offered;
        offered = undefined;
        isUnderWay = true;
        timer?.stop();
        done.resolve();
        return Promise.resolve(value);
      }
      if (closing !== undefined) {
        outcome = "closed";
        timer?.close();
        closing.resolve();
        closing = undefined;
      }
      if (typeof outcome === "object") return Promise.reject(outcome.error);
      if (outcome || refused) return Promise.resolve(undefined);
      pendingRead = deferred();
      return pendingRead.promise;
    },
    cancel(reason) {
      if (outcome !== undefined || refused) return;
      if (reason !== undefined) {
        // The canceling side does not need to hear of it.
        pendingRead?.resolve(undefined);
        pendingRead = undefined;
        fail(reason);
        controller?.error(reason);
        return;
      }
      timer?.close();
      refused = { isLost: isUnderWay || offered !== undefined };
      pendingRead?.resolve(undefined);
      offered?.done.reject(refusal());
      if (refused.isLost) closing?.reject(refusal());
      else closing?.resolve();
      pendingRead = offered = closing = undefined;
    },
  };
  return { writable, source };
}
