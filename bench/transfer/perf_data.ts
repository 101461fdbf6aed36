/**
 * The data of the C++ benchmark: four columns of int64 with random bytes, the
 * seed of each being its index, and one batch that is sent again and again.
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
import { encodeSchema } from "@contrail/flight";
import { type Perf, perf, token } from "./perf_messages.ts";

/** Bytes of a row in all figures: its values, without framing. */
export const BYTES_PER_RECORD = 32;

/** The schema of the data. */
export const PERF_SCHEMA = new Schema(
  ["a", "b", "c", "d"].map((name) => new Field(name, new Int64(), true)),
);

/** Makes the batch of `rows` rows. */
export function perfBatch(rows: number): RecordBatch {
  const children = PERF_SCHEMA.fields.map((_, seed) =>
    makeData({
      type: new Int64(),
      length: rows,
      nullCount: 0,
      data: new BigInt64Array(randomBytes(rows * 8, seed).buffer),
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

/** The batches of a stream: one and the same, the last one cut to fit. */
export function* perfBatches(
  batch: RecordBatch,
  rows: number,
): Generator<RecordBatch, void> {
  let left = rows;
  for (; left >= batch.numRows; left -= batch.numRows) yield batch;
  if (left > 0) yield batch.slice(0, left);
}

/** Pseudo-random bytes, the same for the same seed (SplitMix32). */
export function randomBytes(
  length: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed >>> 0;
  for (let i = 0; i < words.length; i++) {
    state = state + 0x9e3779b9 >>> 0;
    let mixed = Math.imul(state ^ state >>> 16, 0x21f0aaad);
    mixed = Math.imul(mixed ^ mixed >>> 15, 0x735a2d97);
    words[i] = mixed ^ mixed >>> 15;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** Size of a transfer that is requested from a benchmark server. */
export interface PerfSize {
  readonly numStreams: number;
  readonly recordsPerStream: number;
  readonly recordsPerBatch: number;
}

/** Makes the command that requests a FlightInfo. */
export function perfCommand(size: PerfSize): Uint8Array {
  return perf.encode(perfMessage(size));
}

/** Makes a ticket for the first stream, without a FlightInfo. */
export function perfTicket(size: PerfSize): Uint8Array {
  return token.encode({
    definition: perfMessage(size),
    start: 0n,
    end: BigInt(size.recordsPerStream),
  });
}

function perfMessage(size: PerfSize): Perf {
  return {
    schema: encodeSchema(PERF_SCHEMA),
    streamCount: size.numStreams,
    recordsPerStream: BigInt(size.recordsPerStream),
    recordsPerBatch: size.recordsPerBatch,
  };
}
