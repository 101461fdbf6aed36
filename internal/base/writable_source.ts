/** The other end of a WritableStream, to pull from. */

import { type Deferred, deferred } from "./deferred.ts";
import type { IdleTimer } from "./idle_timer.ts";
import type { Source } from "./source.ts";

/** Joins a WritableStream to a source. */
export interface WritableSource<I, O> {
  /** Where to write. */
  readonly writable: WritableStream<I>;
  /** What was written, in order; ends when the stream is closed, rejects when it is aborted. */
  readonly source: Source<O>;
}

/**
 * Makes a WritableStream whose chunks are pulled from a source, without a buffer between them but the
 * one chunk that a WritableStream needs in order to be piped into. Closing it waits until its end has
 * been pulled.
 *
 * Cancelling the source with a reason errors the stream at once. Cancelling it with `undefined` means
 * that no more is wanted: a further write fails with `refusal()`. Closing succeeds then, unless
 * something that was pulled has not been dealt with: whoever pulls asks for a value when it is done
 * with the one before.
 *
 * @param transform What a chunk stands for; what it throws fails that write, the stream and the
 * source.
 * @param refusal The error of what comes after the source was cancelled with `undefined`.
 * @param timer Runs while something that was written waits to be pulled.
 */
export function writableSource<I, O>(
  transform: (chunk: I) => Iterable<O>,
  refusal: () => unknown,
  timer?: IdleTimer,
): WritableSource<I, O> {
  let controller: WritableStreamDefaultController | undefined;
  let pendingRead: Deferred<O | undefined> | undefined;
  let offered: { value: O; done: Deferred<void> } | undefined;
  /** `close()` has been called, and the end has not been pulled. */
  let closing: Deferred<void> | undefined;
  /** A value was pulled, and none was asked for since. */
  let isUnderWay = false;
  /** No more is wanted; `isLost`: and something that was written has not been dealt with. */
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
      // abort() below waits for a write that is under way, and that may wait for the other side.
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
        // Whoever has cancelled it does not want to hear of it.
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
