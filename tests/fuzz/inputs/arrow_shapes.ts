/** The tables of Arrow's Message.fbs, Schema.fbs and File.fbs. */

import type { Slot, TableShape } from "./flatbuffer_sites.ts";

const INT8: Slot = { width: 1 };
const INT16: Slot = { width: 2 };
const INT32: Slot = { width: 4 };
const INT64: Slot = { width: 8 };

const KEY_VALUE: TableShape = ["string", "string"];
const METADATA: Slot = { vectorOf: () => KEY_VALUE };
const INT: TableShape = [INT32, INT8];

/** By the number in `union Type`; those that are not here have no slots. */
const TYPES: Readonly<Record<number, TableShape>> = {
  2: INT,
  3: [INT16],
  7: [INT32, INT32, INT32],
  8: [INT16],
  9: [INT16, INT32],
  10: [INT16, "string"],
  11: [INT16],
  14: [INT16, { vector: 4, unit: 4 }],
  15: [INT32],
  16: [INT32],
  17: [INT8],
  18: [INT16],
};

const DICTIONARY_ENCODING: TableShape = [
  INT64,
  { table: () => INT },
  INT8,
  INT16,
];

const FIELD: TableShape = [
  "string",
  INT8,
  INT8,
  { union: (type) => TYPES[type] ?? [] },
  { table: () => DICTIONARY_ENCODING },
  { vectorOf: () => FIELD },
  METADATA,
];

const SCHEMA: TableShape = [
  INT16,
  { vectorOf: () => FIELD },
  METADATA,
  { vector: 8, unit: 8 },
];

const RECORD_BATCH: TableShape = [
  INT64,
  { vector: 16, unit: 8 },
  { vector: 16, unit: 8 },
  { table: () => [INT8, INT8] },
  { vector: 8, unit: 8 },
];

const DICTIONARY_BATCH: TableShape = [
  INT64,
  { table: () => RECORD_BATCH },
  INT8,
];

/** The root of every message. */
export const MESSAGE: TableShape = [
  INT16,
  INT8,
  {
    union: (type) => [undefined, SCHEMA, DICTIONARY_BATCH, RECORD_BATCH][type],
  },
  INT64,
  METADATA,
];

/** The root of a file's footer. */
export const FOOTER: TableShape = [
  INT16,
  { table: () => SCHEMA },
  { vector: 24, unit: 8 },
  { vector: 24, unit: 8 },
  METADATA,
];
