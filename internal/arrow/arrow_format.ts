/** The numbers of the Arrow format: Message.fbs and Schema.fbs of its specification. */

/** `union MessageHeader`. */
export const MESSAGE_HEADER = {
  none: 0,
  schema: 1,
  dictionaryBatch: 2,
  recordBatch: 3,
  tensor: 4,
  sparseTensor: 5,
} as const;

/** `enum MetadataVersion`: the two that are read. V5 is written. */
export const METADATA_VERSION = { v4: 3, v5: 4 } as const;

/** `union Type`; `dictionary` is the number that apache-arrow has added. */
export const TYPE_ID = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  list: 12,
  struct: 13,
  union: 14,
  fixedSizeBinary: 15,
  fixedSizeList: 16,
  map: 17,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
  runEndEncoded: 22,
  binaryView: 23,
  utf8View: 24,
  listView: 25,
  largeListView: 26,
  dictionary: -1,
} as const;

/** The names of `union Type`, by number. */
const TYPE_NAMES: readonly string[] = [
  "NONE",
  "Null",
  "Int",
  "FloatingPoint",
  "Binary",
  "Utf8",
  "Bool",
  "Decimal",
  "Date",
  "Time",
  "Timestamp",
  "Interval",
  "List",
  "Struct",
  "Union",
  "FixedSizeBinary",
  "FixedSizeList",
  "Map",
  "Duration",
  "LargeBinary",
  "LargeUtf8",
  "LargeList",
  "RunEndEncoded",
  "BinaryView",
  "Utf8View",
  "ListView",
  "LargeListView",
];

/** `enum UnionMode`. */
export const UNION_MODE = { sparse: 0, dense: 1 } as const;

/**
 * Most rows of an array. The format allows 2^63 - 1 and recommends this; apache-arrow indexes bits
 * with 32-bit operations, so more could not be read.
 */
export const MAX_ROWS: number = 2 ** 31 - 1;

/** Names a number of `union Type`, for error texts. */
export function typeName(typeId: number): string {
  return TYPE_NAMES[typeId] ?? `unknown type ${typeId}`;
}

/** `enum BodyCompressionMethod`: each buffer separately. */
export const BUFFER_METHOD = 0;
