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

const item = intField("item");
const utf8: FieldInit = { name: "t", typeId: 5 };
const list: FieldInit = { name: "l", typeId: 12, children: [item] };
const largeList: FieldInit = { name: "l", typeId: 21, children: [item] };
const view: FieldInit = { name: "v", typeId: 24 };
const dense: FieldInit = {
  name: "u",
  typeId: 14,
  type: numbers([2, 1]),
  children: [intField("x"), intField("y")],
};
const one: [number, number][] = [[1, 0]];
const empty: [number, number] = [0, 0];

/** A case of a batch whose body is a list of 32-bit integers. */
function badBody(
  problem: string,
  field: FieldInit,
  batch: BatchInit,
  body: number[],
  text: string,
): Case {
  return [
    problem,
    [schemaHeader([field]), [
      batchHeader(batch),
      new Uint8Array(Int32Array.from(body).buffer),
    ]],
    text,
  ];
}

const strings: BatchInit = {
  rows: 2,
  nodes: [[2, 0]],
  buffers: [empty, [0, 12], [16, 8]],
};
const lists: BatchInit = {
  rows: 2,
  nodes: [[2, 0], [2, 0]],
  buffers: [empty, [0, 12], empty, [16, 8]],
};
const largeLists: BatchInit = {
  rows: 2,
  nodes: [[2, 0], [2, 0]],
  buffers: [empty, [0, 24], empty, [24, 8]],
};
const views: BatchInit = {
  rows: 1,
  nodes: [[1, 0]],
  buffers: [empty, [0, 16], [16, 16]],
  variadicCounts: [1],
};
const unions: BatchInit = {
  rows: 1,
  nodes: [[1, 0], [1, 0], [1, 0]],
  buffers: [[0, 1], [8, 4], empty, [16, 4], empty, [24, 4]],
};

/** Malformed messages: see {@linkcode Case}. */
export const MALFORMED_BODIES: readonly Case[] = [
  badBody(
    "a negative first offset",
    utf8,
    strings,
    [-1, 0, 8, 0, 0, 0],
    "its offsets go from -1 to 8, but it has 8 bytes",
  ),
  badBody(
    "a last offset beyond the bytes",
    utf8,
    strings,
    [0, 4, 9, 0, 0, 0],
    "its offsets go from 0 to 9, but it has 8 bytes",
  ),
  badBody(
    "a last offset before the first",
    utf8,
    strings,
    [4, 4, 3, 0, 0, 0],
    "its offsets go from 4 to 3",
  ),
  badBody(
    "text with an offset before the one before",
    utf8,
    {
      ...strings,
      rows: 3,
      nodes: [[3, 0]],
      buffers: [empty, [0, 16], [16, 8]],
    },
    [0, 8, 3, 8, 0, 0],
    'field "t": offset 2 is less than the one before',
  ),
  badBody(
    "text with an offset beyond its bytes",
    utf8,
    strings,
    [0, 2 ** 31 - 1, 8, 0, 0, 0],
    'field "t": offset 2 is less than the one before',
  ),
  badBody(
    "text with a negative offset inside",
    utf8,
    strings,
    [0, -8, 8, 0, 0, 0],
    'field "t": offset 1 is less than the one before',
  ),
  badBody(
    "a list that ends beyond its values",
    list,
    lists,
    [0, 1, 3, 0, 7, 8],
    "its offsets go from 0 to 3, but it has 2 values",
  ),
  badBody(
    "a list with a hole beyond its values",
    list,
    lists,
    [0, 2 ** 31 - 1, 2, 0, 7, 8],
    "offset 2 is less than the one before",
  ),
  badBody(
    "a list with a negative offset",
    list,
    lists,
    [0, -1, 2, 0, 7, 8],
    "offset 1 is less than the one before",
  ),
  badBody(
    "a large list that ends beyond its values",
    largeList,
    largeLists,
    [0, 0, 1, 0, 3, 0, 7, 8],
    "its offsets go from 0 to 3",
  ),
  badBody(
    "a large list whose last offset is huge",
    largeList,
    largeLists,
    [0, 0, 1, 0, 2, 1 << 30, 7, 8],
    "its offsets go from 0 to 4611686018427387906",
  ),
  badBody(
    "a large list with a huge offset inside",
    largeList,
    largeLists,
    [0, 0, 0, 1, 2, 0, 7, 8],
    "offset 2 is less than the one before",
  ),
  badBody(
    "a large list with a negative offset inside",
    largeList,
    largeLists,
    [0, 0, -1, -1, 2, 0, 7, 8],
    "offset 1 is less than the one before",
  ),
  badBody(
    "a view of a negative length",
    view,
    views,
    [-1, 0, 0, 0, 0, 0, 0, 0],
    'field "v": row 0 refers to bytes that are not there',
  ),
  badBody(
    "a view of a buffer that is not there",
    view,
    views,
    [13, 0, 1, 0, 0, 0, 0, 0],
    "row 0 refers to bytes that are not there",
  ),
  badBody(
    "a view of a negative buffer",
    view,
    views,
    [13, 0, -1, 0, 0, 0, 0, 0],
    "row 0 refers",
  ),
  badBody(
    "a view beyond its buffer",
    view,
    views,
    [13, 0, 0, 4, 0, 0, 0, 0],
    "row 0 refers",
  ),
  badBody(
    "a view before its buffer",
    view,
    views,
    [13, 0, 0, -4, 0, 0, 0, 0],
    "row 0 refers",
  ),
  badBody(
    "an unknown type id",
    dense,
    unions,
    [7, 0, 0, 0, 1, 0, 2, 0],
    "row 0 refers to a value that is not there (type id 7, offset 0)",
  ),
  badBody(
    "a negative type id",
    dense,
    unions,
    [-1, 0, 0, 0, 1, 0, 2, 0],
    "(type id -1, offset 0)",
  ),
  badBody(
    "a negative offset of a union",
    dense,
    unions,
    [0, 0, -1, 0, 1, 0, 2, 0],
    "(type id 0, offset -1)",
  ),
  badBody(
    "an offset of a union beyond its child",
    dense,
    unions,
    [1, 0, 1, 0, 1, 0, 2, 0],
    "(type id 1, offset 1)",
  ),
];

const colours: FieldInit = {
  name: "c",
  typeId: 5,
  dictionary: { id: 7, bits: 8 },
};
const colourSchema = schemaHeader([colours]);
const indices: Received = [
  batchHeader({ rows: 1, nodes: one, buffers: [empty, [0, 1]] }),
  new Uint8Array(8),
];

/** A batch of one row, which is an index. */
function indicesOf(bits: 8 | 64, index: number | bigint): Received {
  return [
    batchHeader({ rows: 1, nodes: one, buffers: [empty, [0, bits / 8]] }),
    new Uint8Array(BigInt64Array.of(BigInt(index)).buffer),
  ];
}

const red: BatchInit = {
  rows: 1,
  nodes: one,
  buffers: [empty, [0, 8], [8, 3]],
};
const redBody = Uint8Array.of(0, 0, 0, 0, 3, 0, 0, 0, 114, 101, 100, 0);

/** Malformed messages: see {@linkcode Case}. */
export const MALFORMED_DICTIONARIES: readonly Case[] = [
  [
    "a batch before its dictionary",
    [colourSchema, indices],
    'Cannot decode RecordBatch: field "c": RecordBatch arrived before dictionary 7',
  ],
  [
    "a dictionary that the schema does not have",
    [colourSchema, [dictionaryHeader(8, red), redBody]],
    "Cannot decode DictionaryBatch: the schema has no dictionary 8",
  ],
  [
    "a delta before the dictionary",
    [colourSchema, [dictionaryHeader(7, red, true), redBody]],
    "a delta arrived before dictionary 7",
  ],
  [
    "a dictionary without values",
    [colourSchema, dictionaryHeader(7, undefined)],
    "it has no values",
  ],
  [
    "a dictionary of another length",
    [colourSchema, [dictionaryHeader(7, { ...red, rows: 2 }), redBody]],
    'field "c" has 1 rows, the batch 2',
  ],
  [
    "a dictionary with two columns",
    [colourSchema, [
      dictionaryHeader(7, { ...red, nodes: [[1, 0], [1, 0]] }),
      redBody,
    ]],
    "it lists 2 field nodes, but the schema takes 1",
  ],
  [
    "a dictionary with offsets beyond its bytes",
    [colourSchema, [dictionaryHeader(7, red), redBody.with(4, 4)]],
    "its offsets go from 0 to 4, but it has 3 bytes",
  ],
  [
    "a delta that is malformed",
    [colourSchema, [dictionaryHeader(7, red), redBody], [
      dictionaryHeader(7, red, true),
      redBody.with(4, 9),
    ]],
    "its offsets go from 0 to 9",
  ],
  ...[1, -1].map((index): Case => [
    `an index of ${index} into one value`,
    [colourSchema, [dictionaryHeader(7, red), redBody], indicesOf(8, index)],
    `field "c": row 0 refers to value ${index} of dictionary 7, which has 1`,
  ]),
  ...[1n, -1n, 2n ** 32n].map((index): Case => [
    `a wide index of ${index} into one value`,
    [
      schemaHeader([{ ...colours, dictionary: { id: 7, bits: 64 } }]),
      [dictionaryHeader(7, red), redBody],
      indicesOf(64, index),
    ],
    `field "c": row 0 refers to value ${index} of dictionary 7, which has 1`,
  ]),
  [
    "a compressed dictionary",
    [colourSchema, [dictionaryHeader(7, { ...red, codec: 1 }), redBody]],
    'Cannot decode DictionaryBatch: field "c": buffer 1, compressed with ZSTD',
  ],
  [
    "another schema",
    [colourSchema, schemaHeader([intField("other")])],
    "Cannot decode Schema: the stream has another one already",
  ],
  [
    "a batch after the schema came again",
    [colourSchema, [dictionaryHeader(7, red), redBody], colourSchema, indices],
    "arrived before dictionary 7",
  ],
  [
    "buffers that overlap and are not aligned",
    [schemaHeader(Array.from({ length: 9 }, () => intField("a"))), [
      batchHeader({
        rows: 2,
        nodes: Array.from({ length: 9 }, () => [2, 0]),
        buffers: Array.from(
          { length: 18 },
          (_, index) => index % 2 === 0 ? [0, 0] : [1, 8],
        ),
      }),
      new Uint8Array(24),
    ]],
    "are not aligned to 4 bytes",
  ],
];
