/** The other end of a WritableStream, to pull from. */

import { deferred } from "./deferred.ts";
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
 * one chunk that a WritableStream needs in order to be piped into.
 *
 * Cancelling the source with a reason errors the stream at once. Cancelling it with `undefined` means
 * that no more is wanted: a further write fails with `refusal()`, closing succeeds.
 *
 * @param transform What a chunk stands for; what it throws fails that write, the stream and the
 * source.
 * @param refusal The error of a write that comes after the source was cancelled with `undefined`.
 * @param timer Runs while something that was written waits to be pulled.
 */
export function writableSource<I, O>(
  transform: (chunk: I) => Iterable<O>,
  refusal: () => unknown,
  timer?: IdleTimer,
): WritableSource<I, O> {
  let controller: WritableStreamDefaultController | undefined;
  let pendingRead: ReturnType<typeof deferred<O | undefined>> | undefined;
  let offered:
    | { value: O; done: ReturnType<typeof deferred<void>> }
    | undefined;
  let outcome: { error: unknown } | "closed" | "refused" | undefined;

  /** The writing side has ended: nothing but a pending read is left to settle. */
  const finish = (how: { error: unknown } | "closed"): void => {
    if (outcome !== undefined) return;
    outcome = how;
    timer?.close();
    if (how === "closed") pendingRead?.resolve(undefined);
    else {
      pendingRead?.reject(how.error);
      offered?.done.reject(how.error);
      offered = undefined;
    }
    pendingRead = undefined;
  };

  const offer = (value: O): Promise<void> => {
    if (outcome === "refused") throw refusal();
    if (typeof outcome === "object") throw outcome.error;
    if (pendingRead !== undefined) {
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
      c.signal?.addEventListener(
        "abort",
        () => finish({ error: c.signal.reason }),
      );
    },
    async write(chunk) {
      try {
        for (const value of transform(chunk)) await offer(value);
      } catch (error) {
        finish({ error });
        throw error;
      }
    },
    close: () => finish("closed"),
    abort: (error) => finish({ error }),
  }, { highWaterMark: 1 });

  const source: Source<O> = {
    read() {
      if (offered !== undefined) {
        const { value, done } = offered;
        offered = undefined;
        timer?.stop();
        done.resolve();
        return Promise.resolve(value);
      }
      if (typeof outcome === "object") return Promise.reject(outcome.error);
      if (outcome !== undefined) return Promise.resolve(undefined);
      pendingRead = deferred();
      return pendingRead.promise;
    },
    cancel(reason) {
      if (outcome !== undefined) return;
      outcome = reason === undefined ? "refused" : { error: reason };
      timer?.close();
      pendingRead?.resolve(undefined);
      pendingRead = undefined;
      offered?.done.reject(reason ?? refusal());
      offered = undefined;
      if (reason !== undefined) controller?.error(reason);
    },
  };
  return { writable, source };
}
