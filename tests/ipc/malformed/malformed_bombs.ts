/** Small messages that claim much: see `malformed.ts`. */

import { BODY_CODECS } from "../../../internal/ipc/compression/body_compression.ts";
import {
  batchHeader,
  type BatchInit,
  dictionaryHeader,
  type FieldInit,
  intField,
  numbers,
  schemaHeader,
} from "../../support/ipc/handmade_messages.ts";
import type { Case, Received } from "./malformed.ts";

const MOST = 2 ** 31 - 1;
const empty: [number, number] = [0, 0];

const nothing: FieldInit = { name: "n", typeId: 1 };

/** Arrays whose rows take no bytes: their fields, nodes and buffers for so many rows. */
export const ROWS_WITHOUT_BYTES: readonly (readonly [
  name: string,
  field: FieldInit | undefined,
  init: (rows: number) => BatchInit,
])[] = [
  ["no columns", undefined, (rows) => ({ rows, nodes: [], buffers: [] })],
  ["nulls", nothing, (rows) => ({ rows, nodes: [[rows, rows]], buffers: [] })],
  [
    "fixed binary of width 0",
    { name: "f", typeId: 15, type: numbers([4, 0]) },
    (rows) => ({ rows, nodes: [[rows, 0]], buffers: [empty, empty] }),
  ],
  [
    "an empty struct",
    { name: "s", typeId: 13 },
    (rows) => ({ rows, nodes: [[rows, 0]], buffers: [empty] }),
  ],
  [
    "lists of a fixed size of 0",
    { name: "l", typeId: 16, type: numbers([4, 0]), children: [intField("i")] },
    (rows) => ({
      rows,
      nodes: [[rows, 0], [0, 0]],
      buffers: [empty, empty, empty],
    }),
  ],
  [
    "structs of nulls",
    { name: "s", typeId: 13, children: [nothing] },
    (rows) => ({
      rows,
      nodes: [[rows, 0], [rows, rows]],
      buffers: [empty],
    }),
  ],
];

const halfOfThem = 2 ** 29;
const listOfNulls: FieldInit = {
  name: "l",
  typeId: 12,
  children: [nothing],
};

/** The body of one column of texts, or of lists of nulls. */
function int32s(...values: number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

const dictionary = (rows: number, isDelta: boolean) =>
  dictionaryHeader(0, { rows, nodes: [[rows, rows]], buffers: [] }, isDelta);

function manyColumns(
  count: number,
  size: number,
  codec?: number,
): Uint8Array[] {
  const fields = Array.from({ length: count }, (_, i) => intField(`c${i}`));
  return [
    schemaHeader(fields),
    batchHeader({
      rows: 1,
      nodes: fields.map(() => [1, 0]),
      buffers: fields.flatMap(() => [empty, [0, size] as [number, number]]),
      codec,
    }),
  ];
}

/** A region of 1 MiB in 300 columns. */
function overlapping(): Received[] {
  const [schema, batch] = manyColumns(300, 1 << 20);
  return [schema!, [batch!, new Uint8Array(1 << 20)]];
}

/** Some KiB that stand for 1 MiB, in 300 columns. */
function overlappingCompressed(): Received[] {
  const frame = BODY_CODECS.lz4.compress(new Uint8Array(1 << 20), 1)!;
  const body = new Uint8Array(8 + frame.length);
  new DataView(body.buffer).setBigInt64(0, 1n << 20n, true);
  body.set(frame, 8);
  const [schema, batch] = manyColumns(300, body.length, 0);
  return [schema!, [batch!, body]];
}

/** 300 views of the same 1 MiB. */
function sharedViews(): Received[] {
  const [rows, size] = [300, 1 << 20];
  const body = new Uint8Array(16 * rows + size);
  const view = new DataView(body.buffer);
  for (let row = 0; row < rows; row++) view.setInt32(16 * row, size, true);
  return [
    schemaHeader([{ name: "v", typeId: 24 }]),
    [
      batchHeader({
        rows,
        nodes: [[rows, 0]],
        buffers: [empty, [0, 16 * rows], [16 * rows, size]],
        variadicCounts: [1],
      }),
      body,
    ],
  ];
}

/** Bombs: see {@linkcode Case}. */
export const BOMBS: readonly Case[] = [
  ...ROWS_WITHOUT_BYTES.map(([name, field, init]): Case => [
    `2^31 - 1 rows of ${name}`,
    [schemaHeader(field ? [field] : []), batchHeader(init(MOST))],
    "Cannot decode RecordBatch: it has 2147483647 rows, and maxBatchRows is 16777216",
    "RESOURCE_EXHAUSTED",
  ]),
  [
    "lists of a fixed size of 2^29",
    [
      schemaHeader([{
        name: "l",
        typeId: 16,
        type: numbers([4, halfOfThem]),
        children: [nothing],
      }]),
      batchHeader({
        rows: 3,
        nodes: [[3, 0], [3 * halfOfThem, 3 * halfOfThem]],
        buffers: [empty],
      }),
    ],
    'field "l.n" has 1610612736 rows, and maxBatchRows is 16777216',
    "RESOURCE_EXHAUSTED",
  ],
  [
    "a list of 2^31 - 1 nulls",
    [schemaHeader([listOfNulls]), [
      batchHeader({
        rows: 1,
        nodes: [[1, 0], [MOST, MOST]],
        buffers: [empty, [0, 8]],
      }),
      int32s(0, MOST),
    ]],
    'field "l.n" has 2147483647 rows, and maxBatchRows is 16777216',
    "RESOURCE_EXHAUSTED",
  ],
  [
    "a dictionary of 2^31 - 1 nulls",
    [
      schemaHeader([{ ...nothing, dictionary: { id: 0 } }]),
      dictionary(MOST, false),
    ],
    "Cannot decode DictionaryBatch: it has 2147483647 rows, and maxBatchRows is 16777216",
    "RESOURCE_EXHAUSTED",
  ],
  [
    "a dictionary that grows to 2^24 nulls and one",
    [
      schemaHeader([{ ...nothing, dictionary: { id: 0 } }]),
      dictionary(2 ** 24, false),
      dictionary(1, true),
    ],
    "Cannot decode DictionaryBatch: dictionary 0 would have 16777217 values, and maxBatchRows is 16777216",
    "RESOURCE_EXHAUSTED",
  ],
  [
    "buffers that overlap too often",
    overlapping(),
    'field "c256": the buffers up to it overlap, and take more bytes than arrived, and than 268435456 (maxDecompressedMessageBytes)',
    "RESOURCE_EXHAUSTED",
  ],
  [
    "compressed buffers that overlap too often",
    overlappingCompressed(),
    "its buffers have 314572800 bytes when decompressed, and maxDecompressedMessageBytes is 268435456",
    "RESOURCE_EXHAUSTED",
  ],
  [
    "views that share too much",
    sharedViews(),
    'field "v": the views up to it overlap, and refer to more bytes than arrived, and than 268435456 (maxDecompressedMessageBytes)',
    "RESOURCE_EXHAUSTED",
  ],
];
