/** The rows of a result, kept as the record batches that arrived. */

import type { Data, RecordBatch, Schema, Vector } from "apache-arrow";

/** Most bytes of column buffers that a result keeps, whatever its limit of rows. */
const MAX_BYTES = 1024 ** 3;

/** A row within a batch. */
interface Place {
  readonly batch: RecordBatch;
  readonly row: number;
}

/** Record batches in their order. A row is found by a binary search; no row becomes an object. */
export class ResultStore {
  /** The columns. */
  readonly schema: Schema;
  /** Most rows to keep; the batch that reaches it is kept whole. */
  readonly maxRows: number;
  readonly #maxBytes: number;
  readonly #batches: RecordBatch[] = [];
  /** Number of rows before each batch. */
  readonly #starts: number[] = [];
  #rows = 0;
  #bytes = 0;

  /**
   * Makes a store without rows.
   *
   * @param schema The columns.
   * @param maxRows Most rows to keep.
   * @param maxBytes Most bytes of column buffers to keep; 1 GiB by default.
   */
  constructor(schema: Schema, maxRows: number, maxBytes: number = MAX_BYTES) {
    this.schema = schema;
    this.maxRows = maxRows;
    this.#maxBytes = maxBytes;
  }

  /** Number of rows. */
  get numRows(): number {
    return this.#rows;
  }

  /** Number of bytes in the buffers of the columns. */
  get numBytes(): number {
    return this.#bytes;
  }

  /** Number of columns. */
  get numColumns(): number {
    return this.schema.fields.length;
  }

  /** True if no further batch must be read. */
  get isFull(): boolean {
    return this.#rows >= this.maxRows || this.#bytes >= this.#maxBytes;
  }

  /** The batches, in their order. */
  get batches(): readonly RecordBatch[] {
    return this.#batches;
  }

  /**
   * Adds a batch.
   *
   * @param batch The batch.
   * @returns Its size in bytes.
   */
  add(batch: RecordBatch): number {
    const bytes = sizeOf(batch.data);
    if (batch.numRows > 0) {
      this.#batches.push(batch);
      this.#starts.push(this.#rows);
      this.#rows += batch.numRows;
    }
    this.#bytes += bytes;
    return bytes;
  }

  /**
   * Finds a row.
   *
   * @param row Its number, from 0 on.
   * @returns Its batch, and its number in there; `undefined` beyond the last row.
   */
  locate(row: number): Place | undefined {
    if (!(row >= 0 && row < this.#rows)) return undefined;
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    return { batch: this.#batches[low]!, row: row - this.#starts[low]! };
  }

  /**
   * Visits a range of a column.
   *
   * @param column The number of the column.
   * @param from The first row.
   * @param to The row after the last one.
   * @param visit Is called for each row with its vector, which has the rows of one batch, and its number
   * in there.
   */
  visit(
    column: number,
    from: number,
    to: number,
    visit: (vector: Vector, row: number) => void,
  ): void {
    let next = Math.max(0, from);
    const end = Math.min(to, this.#rows);
    while (next < end) {
      const { batch, row } = this.locate(next)!;
      const vector = batch.getChildAt(column)!;
      const count = Math.min(batch.numRows - row, end - next);
      for (let i = 0; i < count; i++) visit(vector, row + i);
      next += count;
    }
  }
}

/** Sums up the buffers of columns; those of nested columns and of dictionaries count too. */
function sizeOf(data: Data): number {
  let bytes = 0;
  for (const buffer of Object.values(data.buffers) as unknown[]) {
    if (ArrayBuffer.isView(buffer)) bytes += buffer.byteLength;
  }
  for (const child of data.children) bytes += sizeOf(child);
  return bytes;
}
