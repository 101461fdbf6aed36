/** Copies chosen rows of a batch, for which apache-arrow has no function. */

import { type Data, DataType, RecordBatch } from "apache-arrow";

/** Numbers of rows, in the order in which the rows are wanted. */
export type Rows = readonly number[];

/** Makes a new batch of some rows of `batch`, for columns of any type. */
export function takeRows(batch: RecordBatch, rows: Rows): RecordBatch {
  return new RecordBatch(batch.schema, take(batch.data, rows));
}

function take<T extends DataType>(data: Data<T>, rows: Rows): Data<T> {
  const { type, stride, typeIds } = data;
  let { values, valueOffsets, children } = data;
  if (DataType.isFixedSizeList(type)) {
    const items = rows.flatMap((row) => range(row * stride, stride));
    children = children.map((child) => take(child, items));
  } else if (DataType.isDenseUnion(type)) {
    // Its offsets lead into children that stay as they are.
    valueOffsets = gather(valueOffsets, rows);
  } else if (valueOffsets) {
    // Texts, bytes, lists and maps: a range of `values` or of `children` each.
    const starts = rows.map((row) => Number(valueOffsets[row]));
    const lengths = rows.map((row, i) =>
      Number(valueOffsets[row + 1]) - starts[i]!
    );
    if (values) {
      values = join(starts.map((s, i) => values.subarray(s, s + lengths[i]!)));
    } else {
      const items = starts.flatMap((start, i) => range(start, lengths[i]!));
      children = children.map((child) => take(child, items));
    }
    valueOffsets = offsetsOf(lengths, valueOffsets);
  } else if (DataType.isBool(type)) {
    const bits = rows.map((row) => data.offset + row);
    values = bitmapOf(bits.map((bit) => values[bit >> 3] >> (bit & 7) & 1));
  } else {
    // Numbers, or values that are stored as numbers; the columns of a struct.
    values = values && gather(values, rows, stride);
    children = children.map((child) => take(child, rows));
  }

  const valid = rows.map((row) => data.getValid(row));
  const nullCount = DataType.isNull(type)
    ? rows.length
    : valid.filter((valid) => !valid).length;
  const nullBitmap = nullCount > 0 && data.nullBitmap?.length
    ? bitmapOf(valid.map(Number))
    : undefined;
  return data.clone(type, 0, rows.length, nullCount, [
    valueOffsets,
    values,
    nullBitmap!,
    typeIds && gather(typeIds, rows),
  ], children);
}

/** Any typed array of numbers; those of bigints are used alike. */
type Values = Int32Array;

/** Copies the elements of `values` for each of `rows`: `stride` of them. */
function gather(values: Values, rows: Rows, stride = 1): Values {
  const taken = new (values.constructor as Int32ArrayConstructor)(
    rows.length * stride,
  );
  let end = 0;
  for (const row of rows) {
    for (let i = 0; i < stride; i++) taken[end++] = values[row * stride + i]!;
  }
  return taken;
}

function join(parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new Uint8Array(length);
  let end = 0;
  for (const part of parts) {
    joined.set(part, end);
    end += part.length;
  }
  return joined;
}

/** Makes offsets of ranges that follow each other, as wide as `before`. */
function offsetsOf(lengths: Rows, before: Values | BigInt64Array) {
  let end = 0;
  const offsets = [0, ...lengths.map((length) => end += length)];
  return before instanceof BigInt64Array
    ? BigInt64Array.from(offsets, BigInt)
    : Int32Array.from(offsets);
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, i) => start + i);
}

function bitmapOf(bits: readonly number[]): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => bitmap[i >> 3]! |= bit << (i & 7));
  return bitmap;
}
