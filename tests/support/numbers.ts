/** Batches of one column of numbers, the data of most tests. */

import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
} from "apache-arrow";

/** The columns of all test data. */
export type Numbers = { n: Int32 };

/** The schema of all test data. */
export const NUMBERS: Schema<Numbers> = new Schema([
  new Field("n", new Int32(), false),
]);

/** A batch of the given numbers. */
export function numbers(...values: number[]): RecordBatch<Numbers> {
  return batchOf(Int32Array.from(values));
}

/** A batch of `rows` rows that all hold `value`: 4 bytes a row. */
export function filled(rows: number, value: number): RecordBatch<Numbers> {
  return batchOf(new Int32Array(rows).fill(value));
}

function batchOf(data: Int32Array): RecordBatch<Numbers> {
  const child = makeData({
    type: new Int32(),
    length: data.length,
    nullCount: 0,
    data,
  });
  return new RecordBatch(
    NUMBERS,
    makeData({
      type: new Struct(NUMBERS.fields),
      length: data.length,
      nullCount: 0,
      children: [child],
    }),
  ) as RecordBatch<Numbers>;
}

/** The numbers of a batch. */
export function values(batch: RecordBatch): number[] {
  return [...batch.getChildAt(0)!] as number[];
}
