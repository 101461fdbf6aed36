/** Reading a result at the pace of the page. */

import type { EndpointsStream } from "@contrail/flight/web";
import { RateMeter } from "./rate_meter.ts";
import { ResultStore } from "./result_store.ts";

/** A result that is being read, or has been. */
interface ResultReading {
  readonly store: ResultStore;
  readonly meter: RateMeter;
  /** True if the limit ended the reading, and there may be more rows. */
  readonly isCut: boolean;
}

/** Options of {@linkcode readResult}. */
interface ReadOptions {
  /** Most rows to keep; the batch that reaches it is kept whole. */
  readonly maxRows: number;
  /** Ends the reading: its reason is thrown. */
  readonly signal: AbortSignal;
  /** Gives the time in milliseconds. */
  readonly now: () => number;
  /** Is told the columns, once, before any row. */
  readonly onBegin: (store: ResultStore, meter: RateMeter) => void;
  /**
   * Shows what has arrived. No batch is read before it resolves, so a page that is busy holds the server
   * back.
   */
  readonly show: () => Promise<void>;
}

/** Time between two calls of `show`, in milliseconds. */
const SHOW_EVERY_MS = 100;

/**
 * Reads a stream until its end, or until the limit of rows. The calls of the stream are then over.
 *
 * @param stream The record batches.
 * @param options See there.
 */
export async function readResult(
  stream: EndpointsStream,
  { maxRows, signal, now, onBegin, show }: ReadOptions,
): Promise<ResultReading> {
  const meter = new RateMeter(now());
  const store = new ResultStore(await stream.schema, maxRows);
  onBegin(store, meter);
  // Not for await: Safari cannot iterate over streams.
  const reader = stream.getReader();
  let shownAt = -Infinity;
  try {
    while (true) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) return { store, meter, isCut: false };
      meter.add(value.numRows, store.add(value), now());
      if (store.isFull) {
        // One more read tells whether the limit has cut anything off.
        return { store, meter, isCut: !(await reader.read()).done };
      }
      if (now() - shownAt >= SHOW_EVERY_MS) {
        await show();
        shownAt = now();
      }
    }
  } finally {
    // Without effect after the end; otherwise it ends the call on the server.
    reader.cancel().catch(() => {});
  }
}
