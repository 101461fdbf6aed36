/** Tables as streams of record batches. */

import type { RecordBatch, Table } from "apache-arrow";

/**
 * Most rows of a batch. A large table in one batch would make a poor stream:
 * nothing could be done before all of it had arrived.
 */
const MAX_BATCH_ROWS = 16_384;

/** Splits a table into batches of limited size; all of them are views. */
export function* inBatches(table: Table): Generator<RecordBatch> {
  for (let row = 0; row < table.numRows; row += MAX_BATCH_ROWS) {
    yield* table.slice(row, row + MAX_BATCH_ROWS).batches;
  }
}

/** Computes the size of a table in memory, in bytes. */
export function byteLengthOf({ batches }: Table): number {
  return batches.reduce((sum, { data }) => sum + data.byteLength, 0);
}
