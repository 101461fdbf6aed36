/** Runs of equal rows: from and to plain columns. */

import { type Data, Field, type Vector } from "apache-arrow";
import { newData, newVector } from "../arrow_objects.ts";
import { bitmapBytes, getBit } from "../bitmap.ts";
import { cannotDecode } from "../codec_error.ts";
import { guardTimes } from "../distant_times.ts";
import { type FieldLayout, layoutOf } from "../field_layout.ts";
import { NumberReader } from "../offsets.ts";
import { take } from "../take.ts";
import type { TakeBudget } from "../take_budget.ts";
import { equalRows } from "./equal_rows.ts";
import { keepRuns, keptRuns, type Runs } from "./kept_runs.ts";

/** Ends of runs on the wire. */
export type RunEnds = Int16Array | Int32Array | BigInt64Array;

/**
 * Checks the ends of runs, and drops those beyond the last row.
 *
 * @param length Number of rows.
 * @returns The ends, of which the last is `length`; or a description of the fault.
 */
export function checkedRunEnds(
  given: RunEnds,
  length: number,
): Int32Array | string {
  const ends = new Int32Array(given.length);
  const numbers = new NumberReader(given);
  let previous = 0;
  for (let run = 0; run < given.length; run++) {
    // Beyond 2⁵³, where no batch has rows, different ends may count as equal.
    const end = numbers.at(run);
    if (end <= previous) {
      return run === 0
        ? `the first run ends at row ${end}`
        : `run ${run} ends at row ${end}, and the one before at ${previous}`;
    }
    ends[run] = Math.min(end, length);
    previous = end;
  }
  if (previous < length) return `its runs end at row ${previous} of ${length}`;
  let count = ends.length;
  // Of those that reach the last row, the first is the last that counts.
  while (count > 1 && ends[count - 2] === length) count--;
  return ends.subarray(0, length === 0 ? 0 : count);
}

/** Bytes of a row number, which rows of other than fixed size take while they are made plain. */
const ROW_NUMBER_BYTES = 8;

/**
 * Makes a plain array of runs.
 *
 * @param layout The plain layout of the array.
 * @param runs The runs; their last end is the number of rows.
 * @param budget Memory that it may take.
 * @throws {FlightError} RESOURCE_EXHAUSTED when it takes more.
 */
export function plainRows(
  layout: FieldLayout,
  { ends, values }: Runs,
  budget: TakeBudget,
): Data {
  const used = values.length === ends.length
    ? values
    : values.slice(0, ends.length);
  const runs = { ends, values: used };
  const data = layout.kind === "fixed"
    ? fixedRows(layout, runs, budget)
    : layout.kind === "binary" && layout.width === 4
    ? binaryRows(layout, runs, budget)
    : take(layout, [used], runOfRows(layout, ends, budget), budget);
  keepRuns(data, runs);
  return data;
}

function lengthOf(ends: Int32Array): number {
  return ends.at(-1) ?? 0;
}

/** Returns the number of the run of each row. */
function runOfRows(
  layout: FieldLayout,
  ends: Int32Array,
  budget: TakeBudget,
): Int32Array {
  const length = lengthOf(ends);
  budget.reserve(layout.name, ROW_NUMBER_BYTES * length);
  const rows = new Int32Array(length);
  for (let run = 1; run < ends.length; run++) {
    rows.fill(run, ends[run - 1]!, ends[run]!);
  }
  return rows;
}

/** Largest offset of 32 bits. */
const MAX_OFFSET = 2 ** 31 - 1;

/** Copies the bytes of each value as often as its run is long. */
function binaryRows(
  layout: FieldLayout,
  { ends, values }: Runs,
  budget: TakeBudget,
): Data {
  const length = lengthOf(ends);
  const nulls = values.nullCount > 0 ? values.nullBitmap : undefined;
  budget.reserve(
    layout.name,
    4 * length + (nulls ? bitmapBytes(length) : 0),
  );
  const given = values.valueOffsets as Int32Array;
  const bytes = values.values as Uint8Array;
  const isValid = (run: number) => !nulls || getBit(nulls, values.offset + run);
  let total = 0;
  for (let run = 0, start = 0; run < ends.length; run++) {
    const size = isValid(run) ? given[run + 1]! - given[run]! : 0;
    total += size * (ends[run]! - start);
    start = ends[run]!;
  }
  budget.reserve(layout.name, total);
  if (total > MAX_OFFSET) {
    throw cannotDecode(
      "RecordBatch",
      `field "${layout.name}" takes more than 2 GiB`,
    );
  }
  const offsets = new Int32Array(length + 1);
  const rows = new Uint8Array(total);
  const validity = new Uint8Array(nulls ? bitmapBytes(length) : 0);
  for (let run = 0, start = 0, at = 0; run < ends.length; run++) {
    const end = ends[run]!;
    const first = given[run]!;
    const valid = isValid(run);
    const size = valid ? given[run + 1]! - first : 0;
    for (let row = start; row < end; row++) offsets[row + 1] = at += size;
    repeat(rows, bytes.subarray(first, first + size), at, end - start);
    if (nulls && valid) fillBits(validity, start, end);
    start = end;
  }
  return newData(layout.type, length, nulls ? -1 : 0, {
    validity,
    offsets,
    values: rows,
  });
}

/** Writes `bytes` so many times, the last time up to `end`. */
function repeat(
  target: Uint8Array,
  bytes: Uint8Array,
  end: number,
  times: number,
): void {
  const size = bytes.byteLength;
  const start = end - size * times;
  if (size === 0) return;
  target.set(bytes, start);
  // The bytes so far are copied behind themselves.
  for (let done = size; done < size * times; done *= 2) {
    const more = Math.min(done, size * times - done);
    target.copyWithin(start + done, start, start + more);
  }
}

/** Fills in each value as often as its run is long. */
function fixedRows(
  layout: FieldLayout,
  { ends, values }: Runs,
  budget: TakeBudget,
): Data {
  const { type, width, values: ArrayType } = layout;
  const length = lengthOf(ends);
  const nulls = values.nullCount > 0 ? values.nullBitmap : undefined;
  budget.reserve(
    layout.name,
    length * width + (nulls ? bitmapBytes(length) : 0),
  );
  const per = width / ArrayType.BYTES_PER_ELEMENT;
  // Numbers or bigints, as in the values: both sides of the assignment have one type.
  const rows = new ArrayType(length * per) as Int32Array;
  const given = values.values as Int32Array;
  const validity = new Uint8Array(nulls ? bitmapBytes(length) : 0);
  let start = 0;
  for (let run = 0; run < ends.length; run++) {
    const end = ends[run]!;
    if (!nulls || getBit(nulls, values.offset + run)) {
      fillRun(rows, given, run, per, start, end);
      if (nulls) fillBits(validity, start, end);
    }
    start = end;
  }
  const data = newData(type, length, nulls ? -1 : 0, {
    validity,
    values: rows,
    dictionary: values.dictionary,
  });
  return values.dictionary ? data : guardTimes(layout.name, data);
}

/** Longest run for which a loop is faster than a call. */
const SHORT_RUN = 64;

/** Fills the rows from `start` to `end` with a value of `per` numbers. */
function fillRun(
  rows: Int32Array,
  values: Int32Array,
  run: number,
  per: number,
  start: number,
  end: number,
): void {
  if (per === 1) {
    const value = values[run]!;
    if (end - start > SHORT_RUN) rows.fill(value, start, end);
    else for (let row = start; row < end; row++) rows[row] = value;
    return;
  }
  const value = values.subarray(run * per, (run + 1) * per);
  for (let at = start * per; at < end * per; at += per) rows.set(value, at);
}

/** Sets the bits from `start` to `end`. */
function fillBits(bitmap: Uint8Array, start: number, end: number): void {
  let i = start;
  for (; i < end && i % 8 !== 0; i++) bitmap[i >>> 3]! |= 1 << (i & 7);
  if (end - i >= 8) bitmap.fill(255, i >>> 3, end >>> 3);
  for (i = Math.max(i, end & ~7); i < end; i++) {
    bitmap[i >>> 3]! |= 1 << (i & 7);
  }
}

/**
 * Returns the runs of an array: those with which it arrived, or else the longest ones.
 *
 * @param layout The plain layout of the array.
 */
export function runsIn(layout: FieldLayout, data: Data): Runs {
  const kept = keptRuns(data);
  if (kept !== undefined) return kept;
  const starts = runStarts(layout, data);
  const ends = new Int32Array(starts.length);
  ends.set(starts.subarray(1));
  if (ends.length > 0) ends[ends.length - 1] = data.length;
  return { ends, values: take(layout, [data], starts) };
}

/** Returns the first row of each run. */
function runStarts(layout: FieldLayout, data: Data): Int32Array {
  const { length, values, nullBitmap } = data;
  const starts = new Int32Array(length);
  if (length === 0) return starts;
  let count = 1;
  if (
    layout.kind === "fixed" && layout.width % 4 === 0 &&
    values.byteOffset % 4 === 0 && !nullBitmap?.byteLength
  ) {
    // Word by word, which takes a fifth of the time.
    const per = layout.width / 4;
    const words = new Int32Array(
      values.buffer,
      values.byteOffset,
      length * per,
    );
    for (let row = 1; row < length; row++) {
      const at = row * per;
      for (let i = at; i < at + per; i++) {
        if (words[i] === words[i - per]) continue;
        starts[count++] = row;
        break;
      }
    }
    return starts.slice(0, count);
  }
  const equal = equalRows(layout, data);
  for (let row = 1; row < length; row++) {
    if (!equal(row - 1, row)) starts[count++] = row;
  }
  return starts.slice(0, count);
}

/** Runs of equal rows, as {@linkcode runsOf} returns them. */
export interface ColumnRuns {
  /**
   * For each run the number of the row after its last, ascending. The last one is the number of
   * rows.
   */
  readonly ends: Int32Array;
  /** A value for each run. */
  readonly values: Vector;
}

/**
 * Returns the runs of a column: of one that arrived run-end encoded those that arrived, of any other
 * column, or a slice, the longest runs of equal rows. Rows of a dictionary-encoded column are equal if
 * their indices are.
 *
 * @param vector A column.
 * @returns The runs of each chunk of the column.
 *
 * @example
 * ```ts
 * import { runsOf } from "@contrail/flight";
 * import { vectorFromArray } from "apache-arrow";
 *
 * const [runs] = runsOf(vectorFromArray(Int32Array.of(7, 7, 7, 9)));
 * console.log(runs?.ends); // 3, 4
 * console.log(runs?.values.toArray()); // 7, 9
 * ```
 */
export function runsOf(vector: Vector): ColumnRuns[] {
  return vector.data.map((data: Data) => {
    const layouts = layoutOf([new Field("", data.type, true)]);
    const { ends, values } = runsIn(layouts.fields[0]!, data);
    return { ends: ends.slice(), values: newVector([values]) };
  });
}
