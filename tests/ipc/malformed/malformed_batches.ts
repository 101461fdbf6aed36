import {
  batchHeader,
  type BatchInit,
  type FieldInit,
  intField,
  numbers,
  schemaHeader,
} from "../../support/ipc/handmade_messages.ts";
import type { Case } from "./malformed.ts";

const item = intField("item");
/** A case of a batch of one field, with a body of zeros. */
function badBatch(
  problem: string,
  field: FieldInit,
  batch: BatchInit,
  bodyLength: number,
  text: string,
  code?: "UNIMPLEMENTED",
): Case {
  return [
    problem,
    [schemaHeader([field]), [batchHeader(batch), new Uint8Array(bodyLength)]],
    text,
    code,
  ];
}

const utf8: FieldInit = { name: "t", typeId: 5 };
const list: FieldInit = { name: "l", typeId: 12, children: [item] };
const view: FieldInit = { name: "v", typeId: 24 };
const pair: FieldInit = {
  name: "p",
  typeId: 13,
  children: [intField("x"), intField("y")],
};
const triple: FieldInit = {
  name: "f",
  typeId: 16,
  type: numbers([4, 3]),
  children: [item],
};
const dense: FieldInit = {
  name: "u",
  typeId: 14,
  type: numbers([2, 1]),
  children: [intField("x"), intField("y")],
};
const sparse: FieldInit = { ...dense, type: numbers([2, 0]) };
const one: [number, number][] = [[1, 0]];
const empty: [number, number] = [0, 0];

/** Malformed messages: see {@linkcode Case}. */
export const MALFORMED_BATCHES: readonly Case[] = [
  badBatch(
    "a negative number of rows",
    intField(),
    { rows: -1 },
    0,
    "the length -1",
  ),
  badBatch(
    "2^31 rows",
    { name: "n", typeId: 1 },
    { rows: 2 ** 31, nodes: [[2 ** 31, 0]], buffers: [] },
    0,
    "the length 2147483648 is not within 0 and 2147483647",
  ),
  badBatch("2^60 rows", intField(), { rows: 2 ** 60 }, 0, "is out of range"),
  badBatch(
    "2^24 rows in an empty body",
    intField(),
    { rows: 2 ** 24, nodes: [[2 ** 24, 0]], buffers: [empty, empty] },
    0,
    "buffer 1 has 0 bytes, but 16777216 rows take 67108864",
  ),
  badBatch(
    "2^24 booleans in an empty body",
    { name: "b", typeId: 6 },
    { rows: 2 ** 24, nodes: [[2 ** 24, 0]], buffers: [empty, empty] },
    0,
    "take 2097152",
  ),
  badBatch("no nodes", intField(), { rows: 1 }, 0, "there are only 0 field"),
  badBatch(
    "no buffers",
    intField(),
    { rows: 1, nodes: one },
    0,
    'field "a": there are only 0 buffers',
  ),
  badBatch(
    "one buffer too few",
    intField(),
    { rows: 1, nodes: one, buffers: [empty] },
    8,
    "there are only 1 buffers",
  ),
  badBatch(
    "one buffer too many",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [0, 8], [0, 8]] },
    8,
    "it lists 3 buffers, but the schema takes 2",
  ),
  badBatch(
    "one node too many",
    intField(),
    { rows: 1, nodes: [[1, 0], [1, 0]], buffers: [empty, [0, 8]] },
    8,
    "it lists 2 field nodes, but the schema takes 1",
  ),
  badBatch(
    "variadic counts without views",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [0, 8]], variadicCounts: [0] },
    8,
    "it lists 1 variadic buffer counts, but the schema takes 0",
  ),
  badBatch(
    "a buffer beyond the body",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [64, 4096]] },
    128,
    "Cannot decode RecordBatch: buffer 1 (offset 64, length 4096) lies outside the body of 128 bytes",
  ),
  badBatch(
    "a negative offset",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [-8, 8]] },
    8,
    "buffer 1 (offset -8, length 8) lies outside",
  ),
  badBatch(
    "a negative length of a buffer",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [0, -8]] },
    8,
    "buffer 1 (offset 0, length -8) lies outside",
  ),
  badBatch(
    "an offset beyond 2^53",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [2 ** 60, 8]] },
    8,
    "is out of range",
  ),
  badBatch(
    "a length whose sum is not exact",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [8, 2 ** 53 - 1]] },
    16,
    "lies outside",
  ),
  badBatch(
    "a body that is too short",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [0, 4]], bodyLength: 16 },
    8,
    "the body should have 16 bytes, but 8 arrived",
  ),
  badBatch(
    "too few values",
    intField(),
    { rows: 3, nodes: [[3, 0]], buffers: [empty, [0, 8]] },
    8,
    'field "a": buffer 1 has 8 bytes, but 3 rows take 12',
  ),
  badBatch(
    "a column of another length",
    intField(),
    { rows: 2, nodes: one, buffers: [empty, [0, 8]] },
    8,
    'field "a" has 1 rows, the batch 2',
  ),
  badBatch(
    "a negative length",
    intField(),
    { rows: 1, nodes: [[-1, 0]], buffers: [empty, [0, 8]] },
    8,
    "the length -1",
  ),
  badBatch(
    "more nulls than rows",
    intField(),
    { rows: 1, nodes: [[1, 2]], buffers: [[0, 1], [0, 8]] },
    8,
    "2 of 1 rows are null",
  ),
  badBatch(
    "a null count of -2",
    intField(),
    { rows: 1, nodes: [[1, -2]], buffers: [[0, 1], [0, 8]] },
    8,
    "-2 of 1 rows are null",
  ),
  badBatch(
    "nulls without bitmap",
    intField(),
    { rows: 1, nodes: [[1, 1]], buffers: [empty, [0, 8]] },
    8,
    "1 rows are null, but there is no bitmap",
  ),
  badBatch(
    "a bitmap that is too short",
    intField(),
    { rows: 9, nodes: [[9, 1]], buffers: [[0, 1], [0, 40]] },
    40,
    "buffer 0 has 1 bytes, but 9 rows take 2",
  ),
  badBatch(
    "no offsets",
    utf8,
    { rows: 1, nodes: one, buffers: [empty, empty, empty] },
    0,
    "buffer 1 has 0 bytes, but 1 rows take 8",
  ),
  badBatch(
    "one offset too few",
    utf8,
    { rows: 1, nodes: one, buffers: [empty, [0, 4], empty] },
    8,
    "buffer 1 has 4 bytes, but 1 rows take 8",
  ),
  badBatch(
    "no bytes for strings",
    utf8,
    { rows: 1, nodes: one, buffers: [empty, [0, 8]] },
    8,
    "there are only 2 buffers",
  ),
  badBatch(
    "a list without child node",
    list,
    { rows: 0, nodes: [[0, 0]], buffers: [empty, empty] },
    0,
    'field "l.item": there are only 1 field nodes',
  ),
  badBatch(
    "a fixed-size list with too few values",
    triple,
    { rows: 2, nodes: [[2, 0], [5, 0]], buffers: [empty, empty, [0, 20]] },
    24,
    'its child "item" has 5 rows instead of 6',
  ),
  badBatch(
    "a fixed-size list of 2^24 rows",
    triple,
    {
      rows: 2 ** 24,
      nodes: [[2 ** 24, 0], [0, 0]],
      buffers: [empty, empty, empty],
    },
    0,
    'its child "item" has 0 rows instead of 50331648',
  ),
  badBatch(
    "a struct with a child that is too short",
    pair,
    {
      rows: 2,
      nodes: [[2, 0], [2, 0], [1, 0]],
      buffers: [empty, empty, [0, 8], empty, [8, 4]],
    },
    16,
    'its child "y" has 1 rows instead of 2',
  ),
  badBatch(
    "views without their count",
    view,
    { rows: 0, nodes: [[0, 0]], buffers: [empty, empty] },
    0,
    "its variadic buffer count is missing",
  ),
  badBatch(
    "a negative count of variadic buffers",
    view,
    {
      rows: 0,
      nodes: [[0, 0]],
      buffers: [empty, empty],
      variadicCounts: [-1],
    },
    0,
    "it should have -1 variadic buffers, 0 are left",
  ),
  badBatch(
    "too many variadic buffers",
    view,
    {
      rows: 0,
      nodes: [[0, 0]],
      buffers: [empty, empty],
      variadicCounts: [2 ** 40],
    },
    0,
    "it should have 1099511627776 variadic buffers, 0 are left",
  ),
  badBatch(
    "too few views",
    view,
    {
      rows: 2,
      nodes: [[2, 0]],
      buffers: [empty, [0, 16]],
      variadicCounts: [0],
    },
    16,
    "buffer 1 has 16 bytes, but 2 rows take 32",
  ),
  badBatch(
    "too few type ids",
    sparse,
    {
      rows: 2,
      nodes: [[2, 0], [2, 0], [2, 0]],
      buffers: [[0, 1], empty, [0, 8], empty, [0, 8]],
    },
    8,
    "buffer 0 has 1 bytes, but 2 rows take 2",
  ),
  badBatch(
    "a sparse union with a child that is too short",
    sparse,
    {
      rows: 2,
      nodes: [[2, 0], [2, 0], [1, 0]],
      buffers: [[0, 2], empty, [0, 8], empty, [0, 8]],
    },
    8,
    'its child "y" has 1 rows instead of 2',
  ),
  badBatch(
    "a dense union whose child has no such row",
    dense,
    {
      rows: 1,
      nodes: [[1, 0], [0, 0], [0, 0]],
      buffers: [[0, 1], [8, 4], empty, empty, empty, empty],
    },
    16,
    "row 0 refers to a value that is not there (type id 0, offset 0)",
  ),
  badBatch(
    "nulls of a union of V4",
    sparse,
    {
      version: 3,
      rows: 1,
      nodes: [[1, 1], [1, 0], [1, 0]],
      buffers: [[0, 1], [0, 1], empty, [0, 4], empty, [0, 4]],
    },
    8,
    "nulls of a union itself",
    "UNIMPLEMENTED",
  ),
  badBatch(
    "a union of V4 without bitmap",
    sparse,
    {
      version: 3,
      rows: 1,
      nodes: [[1, 0], [1, 0], [1, 0]],
      buffers: [[0, 1], empty, [0, 4], empty, [0, 4]],
    },
    8,
    "Cannot decode RecordBatch",
  ),
  badBatch(
    "a compressed buffer without a frame",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [0, 8]], codec: 0 },
    8,
    'field "a": buffer 1, compressed with LZ4_FRAME, is malformed: the frame ends early',
  ),
  badBatch(
    "a compressed buffer without a length",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [0, 7]], codec: 1 },
    8,
    'field "a": buffer 1, compressed with ZSTD, is malformed: 7 bytes are no length',
  ),
  badBatch(
    "an unknown codec",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [0, 8]], codec: 9 },
    8,
    "compression with codec 9 is not supported",
    "UNIMPLEMENTED",
  ),
  badBatch(
    "an unknown method of compression",
    intField(),
    { rows: 1, nodes: one, buffers: [empty, [0, 8]], codec: 0, method: 1 },
    8,
    "compression by method 1 is not supported",
    "UNIMPLEMENTED",
  ),
];
