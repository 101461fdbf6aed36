/** Runs and list views that are malformed: see `malformed.ts`. */

import {
  batchHeader,
  type BatchInit,
  type FieldInit,
  intField,
  schemaHeader,
} from "../../support/ipc/handmade_messages.ts";
import type { Case } from "./malformed.ts";

const empty: [number, number] = [0, 0];

/** A field of runs of 32-bit integers. */
export const RUNS: FieldInit = {
  name: "r",
  typeId: 22,
  children: [intField("run_ends"), intField("values")],
};

/** A field of list views of 32-bit integers. */
export const LIST_VIEWS: FieldInit = {
  name: "v",
  typeId: 25,
  children: [intField("item")],
};

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** A batch of runs, and its body: the ends, then the values. */
export function runs(
  rows: number,
  ends: number[],
  values: number[],
  nulls: { rows?: number; ends?: number } = {},
): [Uint8Array, Uint8Array] {
  const hasNulls = nulls.ends !== undefined;
  const header = batchHeader({
    rows,
    nodes: [
      [rows, nulls.rows ?? 0],
      [ends.length, nulls.ends ?? 0],
      [values.length, 0],
    ],
    buffers: [
      hasNulls ? [0, 4] : empty,
      [0, 4 * ends.length],
      empty,
      [4 * ends.length, 4 * values.length],
    ],
  });
  return [header, bytes(...ends, ...values)];
}

/** A batch of list views, and its body: offsets, sizes and values. */
export function listViews(
  offsets: number[],
  sizes: number[],
  values: number[],
): [Uint8Array, Uint8Array] {
  const rows = offsets.length;
  const init: BatchInit = {
    rows,
    nodes: [[rows, 0], [values.length, 0]],
    buffers: [
      empty,
      [0, 4 * rows],
      [4 * rows, 4 * rows],
      empty,
      [8 * rows, 4 * values.length],
    ],
  };
  return [batchHeader(init), bytes(...offsets, ...sizes, ...values)];
}

function badRuns(
  problem: string,
  batch: [Uint8Array, Uint8Array],
  text: string,
): Case {
  return [
    problem,
    [schemaHeader([RUNS]), batch],
    `Cannot decode RecordBatch: field "r": ${text}`,
  ];
}

function badLists(
  problem: string,
  batch: [Uint8Array, Uint8Array],
  text: string,
): Case {
  return [
    problem,
    [schemaHeader([LIST_VIEWS]), batch],
    `Cannot decode RecordBatch: field "v": ${text}`,
  ];
}

/** A case of a schema of one field that is run-end encoded. */
function badField(problem: string, children: FieldInit[], text: string): Case {
  const field = { name: "r", typeId: 22, children };
  return [problem, [schemaHeader([field])], text];
}

const values = intField("values");
const badEnds = 'field "r" is run-end encoded with ends of type';
const most = 2 ** 31 - 1;

/** Malformed messages: see {@linkcode Case}. */
export const MALFORMED_ENCODINGS: readonly Case[] = [
  badField(
    "runs without values",
    [intField()],
    'field "r" of type RunEndEncoded has 1 children, not 2',
  ),
  badField(
    "ends of runs of 8 bits",
    [intField("run_ends", 8), values],
    `${badEnds} Int8, not Int16, Int32 or Int64`,
  ),
  badField(
    "ends of runs that are texts",
    [{ name: "run_ends", typeId: 5 }, values],
    `${badEnds} Utf8`,
  ),
  [
    "a list view without values",
    [schemaHeader([{ name: "v", typeId: 25 }])],
    'field "v" of type ListView has 0 children, not 1',
  ],
  [
    "a large list view of two",
    [schemaHeader([{ name: "v", typeId: 26, children: [values, values] }])],
    'field "v" of type LargeListView has 2 children, not 1',
  ],
  badRuns(
    "runs that end before the last row",
    runs(5, [2, 4], [7, 8]),
    "its runs end at row 4 of 5",
  ),
  badRuns("rows without runs", runs(1, [], []), "its runs end at row 0 of 1"),
  badRuns(
    "an end of runs that is 0",
    runs(4, [0, 4], [7, 8]),
    "the first run ends at row 0",
  ),
  badRuns(
    "an end of runs that is negative",
    runs(4, [-1, 4], [7, 8]),
    "the first run ends at row -1",
  ),
  badRuns(
    "ends of runs that do not increase",
    runs(4, [2, 2, 4], [7, 8, 9]),
    "run 1 ends at row 2, and the one before at 2",
  ),
  badRuns(
    "ends of runs that decrease",
    runs(4, [3, 1, 4], [7, 8, 9]),
    "run 1 ends at row 1, and the one before at 3",
  ),
  badRuns(
    "ends of runs that decrease after the last row",
    runs(3, [3, 9, 5], [7, 8, 9]),
    "run 2 ends at row 5, and the one before at 9",
  ),
  badRuns(
    "more runs than values",
    runs(4, [2, 4], [7]),
    "it has 2 runs, but 1 values",
  ),
  badRuns(
    "runs of which some ends are null",
    runs(4, [2, 4], [7, 8], { ends: 1 }),
    "1 ends of runs are null",
  ),
  badRuns(
    "runs with nulls of their own",
    runs(4, [2, 4], [7, 8], { rows: 3 }),
    "3 rows are null, but only values of runs can be",
  ),
  badLists(
    "a list view with a negative offset",
    listViews([0, -1], [1, 1], [7, 8]),
    "the list of row 1 has 1 values from -1 on, of 2",
  ),
  badLists(
    "a list view with a negative size",
    listViews([0, 1], [-1, 1], [7, 8]),
    "the list of row 0 has -1 values from 0 on, of 2",
  ),
  badLists(
    "a list view beyond the values",
    listViews([0, 1], [1, 2], [7, 8]),
    "the list of row 1 has 2 values from 1 on, of 2",
  ),
  badLists(
    "a list view whose end overflows",
    listViews([most, 1], [most, 2], [7, 8]),
    `the list of row 0 has ${most} values from ${most} on, of 2`,
  ),
];
