/**
 * Splits a batch so that no part exceeds a size. Sizes come from the first and the last offset of a
 * range of rows; only views must be inspected one by one.
 */

import type { Data } from "apache-arrow";
import { bitmapBytes } from "../../arrow/bitmap.ts";
import { keptRuns } from "../../arrow/encodings/kept_runs.ts";
import type { FieldLayout } from "../../arrow/field_layout.ts";
import { viewedBytes } from "../../arrow/view_trimmer.ts";

/**
 * Bitmaps are cut at whole bytes, because any other cut shifts them, unless parts have few rows.
 */
const ROW_STEP = 8;
const MIN_STEPS = 8;

/**
 * Fraction of an even share that is good enough: a better cut takes longer to find than it saves.
 */
const TOLERANCE = 7 / 8;

/**
 * Splits a batch.
 *
 * @param layouts The layouts of its columns.
 * @param columns The columns.
 * @param rows Number of rows.
 * @param maxBytes Most bytes of a part; a larger row is a part of its own.
 * @returns The rows of each part; `undefined` if the batch need not be split.
 */
export function splitRows(
  layouts: readonly FieldLayout[],
  columns: readonly (Data | undefined)[],
  rows: number,
  maxBytes: number,
): readonly number[] | undefined {
  if (rows <= 1 || maxBytes === Infinity) return undefined;
  const upperBound = sizeOfAll(layouts, columns, 0, rows, false);
  if (upperBound <= maxBytes) return undefined;
  const size = (begin: number, length: number) =>
    sizeOfAll(layouts, columns, begin, length, true);
  const total = size(0, rows);
  const parts = Math.ceil(total / maxBytes);
  const share: Share = { rows: rows / parts, bytes: total / parts, maxBytes };
  const lengths: number[] = [];
  let bytesLeft = total;
  for (let begin = 0; begin < rows;) {
    const left = rows - begin;
    // The rest is measured only when it may be the last part.
    const isLast = bytesLeft <= 2 * maxBytes && size(begin, left) <= maxBytes;
    const length = isLast
      ? left
      : longestRun((length) => size(begin, length), left, share);
    lengths.push(length);
    bytesLeft -= size(begin, length);
    begin += length;
  }
  return lengths;
}

/** Size of each part if all rows were alike. */
interface Share {
  readonly rows: number;
  readonly bytes: number;
  /** Most bytes that it may have. */
  readonly maxBytes: number;
}

/**
 * Finds about a share of rows, at least one, whose size is within the limit; with `end` it is
 * above.
 */
function longestRun(
  sizeOf: (length: number) => number,
  end: number,
  { rows, bytes, maxBytes }: Share,
): number {
  let [fits, tooLong] = [0, end];
  let length = Math.min(Math.ceil(rows / ROW_STEP) * ROW_STEP, end - 1);
  for (let tries = 1; tooLong - fits > 1; tries++) {
    const size = sizeOf(length);
    if (size > maxBytes) tooLong = length;
    else {
      fits = length;
      if (size >= TOLERANCE * bytes) break;
    }
    // Rows mostly have similar sizes; if not, bisection finds the place.
    const next = tries <= 2
      ? Math.floor(length * maxBytes / size)
      : (fits + tooLong) >>> 1;
    length = Math.max(fits + 1, Math.min(tooLong - 1, next));
  }
  const steps = Math.floor(fits / ROW_STEP);
  return Math.max(1, steps < MIN_STEPS ? fits : steps * ROW_STEP);
}

function sizeOfAll(
  layouts: readonly FieldLayout[],
  columns: readonly (Data | undefined)[],
  begin: number,
  length: number,
  looksAtViews: boolean,
): number {
  let size = 0;
  for (let i = 0; i < layouts.length; i++) {
    size += sizeOf(layouts[i]!, columns[i], begin, length, looksAtViews);
  }
  return size;
}

/**
 * Computes the size of rows in a message, without padding.
 *
 * @param looksAtViews True to count only the bytes to which views refer, which inspects each view;
 * all by default.
 */
function sizeOf(
  layout: FieldLayout,
  data: Data | undefined,
  begin: number,
  length: number,
  looksAtViews: boolean,
): number {
  if (length === 0 || data === undefined) return 0;
  const { kind, width, children } = layout;
  const runs = layout.wire?.kind === "run ends" ? keptRuns(data) : undefined;
  if (runs !== undefined && layout.wire?.kind === "run ends") {
    // Without a look at each run: as if all had the same length.
    const count = runs.ends.length;
    const { values, runEnds } = layout.wire;
    const size = count * runEnds.width +
      sizeOf(values, runs.values, 0, count, looksAtViews);
    return size * length / data.length;
  }
  if (layout.dictionary === undefined && data.dictionary) {
    return hydratedSize(layout, data, length, looksAtViews);
  }
  const validity = data.nullBitmap?.byteLength > 0 ? bitmapBytes(length) : 0;
  const sizeOfChild = (index: number, first: number, count: number) =>
    sizeOf(
      children[index]!,
      data.children[index],
      first,
      count,
      looksAtViews,
    );
  switch (kind) {
    case "null":
      return 0;
    case "fixed":
      return validity + length * width;
    case "bool":
      return validity + bitmapBytes(length);
    case "binary":
    case "list": {
      const { valueOffsets } = data;
      const last = valueOffsets.length - 1;
      const first = Number(valueOffsets[Math.min(begin, last)] ?? 0);
      const end = Number(valueOffsets[Math.min(begin + length, last)] ?? 0);
      const values = kind === "binary"
        ? end - first
        : sizeOfChild(0, first, end - first);
      return validity + (length + 1) * width + values;
    }
    case "view": {
      const referred = looksAtViews
        ? viewedBytes(data, begin, length)
        : Infinity;
      return validity + 16 * length + Math.min(referred, bufferBytes(data));
    }
    case "fixed list":
      return validity + sizeOfChild(0, begin * width, length * width);
    case "struct":
    case "sparse": {
      let size = kind === "sparse" ? length : validity;
      for (let i = 0; i < children.length; i++) {
        size += sizeOfChild(i, begin, length);
      }
      return size;
    }
    case "dense": {
      // The positions of rows in the children would need a look at each: the average is good
      // enough.
      let size = 0;
      for (let i = 0; i < children.length; i++) {
        size += sizeOfChild(i, 0, data.children[i]!.length);
      }
      return 5 * length + size * length / data.length;
    }
  }
}

/** Estimates the size of dictionary-encoded rows as plain values, by the average. */
function hydratedSize(
  layout: FieldLayout,
  data: Data,
  length: number,
  looksAtViews: boolean,
): number {
  const { dictionary } = data;
  let size = 0;
  for (const chunk of dictionary!.data) {
    size += sizeOf(layout, chunk, 0, chunk.length, looksAtViews);
  }
  return length * size / Math.max(1, dictionary!.length);
}

function bufferBytes({ variadicBuffers = [] }: Data): number {
  let bytes = 0;
  for (const buffer of variadicBuffers) bytes += buffer.byteLength;
  return bytes;
}
