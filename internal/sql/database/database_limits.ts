/** Limits of statements: time and rows. */

import type { RecordBatch } from "apache-arrow";
import { afterDelay } from "../../base/timers/deadline.ts";
import { FlightError } from "../../core/flight_error.ts";

/** Limits of each statement. */
export interface StatementLimits {
  /** Longest time that it may take, in milliseconds. */
  readonly queryTimeoutMs: number;
  /** Most rows that it may give. */
  readonly maxRows: number;
}

/** A signal that is also aborted when the time is over. */
interface TimedSignal {
  readonly signal: AbortSignal;
  /** Stops the clock. */
  readonly stop: () => void;
}

/** Makes a signal that is also aborted when a statement takes too long. */
export function timedSignal(
  signal: AbortSignal,
  { queryTimeoutMs }: StatementLimits,
): TimedSignal {
  if (queryTimeoutMs === Infinity) return { signal, stop() {} };
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort);
  const stopTimer = afterDelay(
    queryTimeoutMs,
    () =>
      controller.abort(
        new FlightError(
          "DEADLINE_EXCEEDED",
          `the statement took more than ${queryTimeoutMs} ms (option queryTimeoutMs)`,
        ),
      ),
  );
  return {
    signal: controller.signal,
    stop() {
      stopTimer();
      signal.removeEventListener("abort", abort);
    },
  };
}

/** Lets batches pass until there are too many rows; without a bound, at no cost. */
export function boundedRows(
  batches: AsyncIterable<RecordBatch>,
  { maxRows }: StatementLimits,
): AsyncIterable<RecordBatch> {
  return maxRows === Infinity ? batches : bounded(batches, maxRows);
}

async function* bounded(
  batches: AsyncIterable<RecordBatch>,
  maxRows: number,
): AsyncGenerator<RecordBatch, void, undefined> {
  let rows = 0;
  for await (const batch of batches) {
    rows += batch.numRows;
    if (rows > maxRows) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `the result has more than ${maxRows} rows (option maxRows)`,
      );
    }
    yield batch;
  }
}
