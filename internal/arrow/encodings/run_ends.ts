/** Runs of equal rows: from and to plain columns. */

import { type Data, Field, type Vector } from "apache-arrow";
import { newData, newVector } from "../arrow_objects.ts";
import { bitmapBytes, getBit } from "../bitmap.ts";
import { guardTimes } from "../distant_times.ts";
import { type FieldLayout, layoutOf } from "../field_layout.ts";
import { take, type TakeBudget } from "../take.ts";
import { equalRows } from "./equal_rows.ts";

/** Ends of runs on the wire. */
export type RunEnds = Int16Array | Int32Array | BigInt64Array;

/** The runs of an array. */
interface Runs {
  /** For each run the number of the row after its last, ascending. */
  readonly ends: Int32Array;
  /** A value for each run. */
  readonly values: Data;
}

/** Runs of the arrays that arrived as such. A slice of an array has none. */
const KEPT = new WeakMap<Data, Runs>();

/** Returns the runs with which an array arrived. */
export function keptRuns(data: Data): Runs | undefined {
  return KEPT.get(data);
}

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
  let previous: number | bigint = 0;
  let count = 0;
  while (previous < length) {
    if (count === given.length) {
      return `its runs end at row ${previous} of ${length}`;
    }
    const end: number | bigint = given[count]!;
    if (end <= previous) {
      return count === 0
        ? `the first run ends at row ${end}`
        : `run ${count} ends at row ${end}, and the one before at ${previous}`;
    }
    ends[count++] = end < length ? Number(end) : length;
    previous = end;
  }
  for (let i = Math.max(count, 1); i < given.length; i++) {
    if (given[i]! > given[i - 1]!) continue;
    return `run ${i} ends at row ${given[i]}, and the one before at ${
      given[i - 1]
    }`;
  }
  return ends.subarray(0, count);
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
    : take(layout, [used], runOfRows(layout, ends, budget), budget);
  KEPT.set(data, runs);
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
    rows.fill(values[run]!, start, end);
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
  const kept = KEPT.get(data);
  if (kept !== undefined) return kept;
  const equal = equalRows(layout, data);
  const starts: number[] = [];
  for (let row = 0; row < data.length; row++) {
    if (row === 0 || !equal(row - 1, row)) starts.push(row);
  }
  const ends = Int32Array.from(starts, (_, i) => starts[i + 1] ?? data.length);
  return { ends, values: take(layout, [data], Int32Array.from(starts)) };
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
