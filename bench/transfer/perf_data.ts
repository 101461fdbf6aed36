/**
 * The data of a transfer: one batch that is sent again and again. `int64` is
 * the data of the C++ benchmark: four columns of int64 with random bytes, the
 * seed of each being its index. The others have a null in every tenth row.
 *
 * @module
 */
import {
  Field,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
} from "apache-arrow";
import { codecBatch } from "../codec/codec_batches.ts";
import { randomBytes } from "../support/random_bytes.ts";

/**
 * Kind of the data: `numbers` are `int64` below 1,000, which compress well;
 * `columns:N` has N columns of int64.
 */
export type DataKind =
  | "int64"
  | "numbers"
  | "strings"
  | "nested"
  | "dictionaries"
  | `columns:${number}`;

/** The schema of the data of the C++ benchmark. */
export const PERF_SCHEMA = new Schema(
  ["a", "b", "c", "d"].map((name) => new Field(name, new Int64(), true)),
);

/** Bytes of a row in all figures: its values and offsets, without framing. */
export function bytesPerRow(data: DataKind): number {
  switch (data) {
    case "int64":
    case "numbers":
      return 4 * 8;
    // Two columns of an offset and 20 bytes.
    case "strings":
      return 2 * (4 + 20);
    // Such a text, and a list of four int32 with its offset.
    case "nested":
      return 4 + 20 + 4 + 4 * 4;
    // Four indices.
    case "dictionaries":
      return 4 * 4;
    default:
      return 8 * columnsOf(data);
  }
}

/** Makes the batch of `rows` rows. */
export function perfBatch(data: DataKind, rows: number): RecordBatch {
  switch (data) {
    case "int64":
      return int64Batch(rows, (seed) => randomBytes(rows * 8, seed));
    case "numbers":
      return int64Batch(rows, (seed) => smallNumbers(rows, seed));
    case "strings":
      return codecBatch("variable", rows, 2);
    case "nested":
      return codecBatch("nested", rows, 1);
    case "dictionaries":
      return codecBatch("dictionary", rows, 4);
    default:
      return codecBatch("fixed", rows, columnsOf(data));
  }
}

function columnsOf(data: string): number {
  const columns = Number(/^columns:(\d+)$/.exec(data)?.[1]);
  if (!(columns > 0)) throw new TypeError(`there are no data "${data}"`);
  return columns;
}

function int64Batch(
  rows: number,
  bytes: (seed: number) => Uint8Array<ArrayBuffer>,
): RecordBatch {
  const children = PERF_SCHEMA.fields.map((_, seed) =>
    makeData({
      type: new Int64(),
      length: rows,
      nullCount: 0,
      data: new BigInt64Array(bytes(seed).buffer),
    })
  );
  return new RecordBatch(
    PERF_SCHEMA,
    makeData({
      type: new Struct(PERF_SCHEMA.fields),
      length: rows,
      nullCount: 0,
      children,
    }),
  );
}

function smallNumbers(rows: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = new Uint32Array(randomBytes(rows * 4, seed).buffer);
  const halves = new Uint32Array(rows * 2);
  random.forEach((value, row) => halves[row * 2] = value % 1000);
  return new Uint8Array(halves.buffer);
}

/** The batches of a stream: one and the same, the last one cut to fit. */
export function* perfBatches(
  batch: RecordBatch,
  rows: number,
): Generator<RecordBatch, void> {
  let left = rows;
  for (; left >= batch.numRows; left -= batch.numRows) yield batch;
  if (left > 0) yield batch.slice(0, left);
}
