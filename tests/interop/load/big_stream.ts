/**
 * Batches of 1 MiB whose every value can be told from its place: big_stream.py
 * makes the same ones.
 *
 * @module
 */
import {
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
} from "apache-arrow";

const ROWS = 65_536;

/** The schema of a big stream. */
export const BIG_SCHEMA = new Schema([
  new Field("row", new Int64(), true),
  new Field("value", new Float64(), true),
]);

const values = Float64Array.from({ length: ROWS }, (_, row) => row / 2);
// The number of the batch, modulo 8, shows batches that changed places.
const rows = Array.from(
  { length: 8 },
  (_, residue) =>
    BigInt64Array.from({ length: ROWS }, (_, row) => BigInt(row + residue)),
);

/** The batch at a place of the stream. */
export function bigBatch(index: number): RecordBatch {
  return new RecordBatch(
    BIG_SCHEMA,
    makeData({
      type: new Struct(BIG_SCHEMA.fields),
      length: ROWS,
      nullCount: 0,
      children: [
        makeData({ type: new Int64(), data: rows[index % 8]!, nullCount: 0 }),
        makeData({ type: new Float64(), data: values, nullCount: 0 }),
      ],
    }),
  );
}

/** So many batches, from the beginning of the stream. */
export async function* bigBatches(
  count: number,
): AsyncGenerator<RecordBatch, void, undefined> {
  for (let index = 0; index < count; index++) yield bigBatch(index);
}

/** Throws unless it is the batch of that place. */
export function checkBigBatch(batch: RecordBatch, index: number): void {
  const [row, value] = batch.data.children;
  if (
    batch.numRows !== ROWS || batch.numCols !== 2 || batch.nullCount !== 0 ||
    !sameBytes(row!.values, rows[index % 8]!) ||
    !sameBytes(value!.values, values)
  ) throw new Error(`batch ${index} is not what was sent`);
}

/**
 * Sends batches, each after the answer to the one before, which must be the same batch.
 *
 * @param exchange An exchange that answers each batch at once, and ends after the last one.
 * @param count Number of batches.
 */
export async function exchangeBigBatches(
  { writable, readable }: {
    readonly writable: WritableStream<RecordBatch>;
    readonly readable: ReadableStream<RecordBatch>;
  },
  count: number,
): Promise<void> {
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const reader = readable.getReader();
  for (let index = 0; index < count; index++) {
    const sent = writer.write(bigBatch(index));
    sent.catch(() => {});
    const { done, value } = await reader.read();
    if (done) throw new Error(`the exchange ends before batch ${index}`);
    checkBigBatch(value, index);
    await sent;
  }
  await writer.close();
  if ((await reader.read()).done) return;
  throw new Error(`there are more than ${count} batches`);
}

/** Compares as doubles, eight bytes at once; no value of ours is NaN. */
function sameBytes(found: ArrayBufferView, wanted: ArrayBufferView): boolean {
  if (found.byteLength !== wanted.byteLength) return false;
  const a = new Float64Array(
    found.buffer,
    found.byteOffset,
    found.byteLength / 8,
  );
  const b = new Float64Array(
    wanted.buffer,
    wanted.byteOffset,
    wanted.byteLength / 8,
  );
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}
