/** One column of every type that apache-arrow can build, with nulls where the type allows. */

import {
  Binary,
  BinaryView,
  Bool,
  type Data,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  DenseUnion,
  Dictionary,
  DurationMicrosecond,
  DurationMillisecond,
  DurationNanosecond,
  DurationSecond,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalDayTime,
  IntervalMonthDayNano,
  IntervalYearMonth,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  makeData,
  Map_,
  Null,
  RecordBatch,
  Schema,
  SparseUnion,
  Struct,
  TimeMicrosecond,
  TimeMillisecond,
  TimeNanosecond,
  TimeSecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Utf8View,
  Vector,
  vectorFromArray,
} from "apache-arrow";

/** Number of rows of the columns: not a multiple of 8, more than a byte of bits. */
export const ROWS = 21;

/** Bytes of a bitmap in which every third row is null. */
export function validity(rows = ROWS): Uint8Array {
  const bitmap = new Uint8Array(Math.ceil(rows / 8));
  for (let row = 0; row < rows; row++) {
    if (row % 3 !== 1) bitmap[row >> 3]! |= 1 << (row & 7);
  }
  return bitmap;
}

function text(row: number): string {
  return row % 5 === 0 ? "" : `row ${row} é\u{1f680}`.repeat(1 + row % 3);
}

function bytes(row: number): Uint8Array {
  return Uint8Array.from({ length: row % 7 }, (_, i) => row * 11 + i);
}

/** Data of a fixed width made of `values`. */
function fixed<T extends DataType>(type: T, values: unknown): Data<T> {
  return makeData(
    { type, data: values, length: ROWS, nullBitmap: validity() } as never,
  ) as Data<T>;
}

function ints(width: number): number[] {
  return Array.from({ length: ROWS }, (_, row) => (row * 37) % 2 ** width);
}

function bigints(step: bigint): bigint[] {
  return Array.from({ length: ROWS }, (_, row) => BigInt(row) * step - 7n);
}

function built<T extends DataType>(
  type: T,
  value: (row: number) => unknown,
): Data<T> {
  const values = Array.from(
    { length: ROWS },
    (_, row) => row % 3 === 1 ? null : value(row),
  );
  return vectorFromArray(values as never[], type as never).data[0] as Data<T>;
}

function offsets(lengthOf: (row: number) => number): number[] {
  const list = [0];
  for (let row = 0; row < ROWS; row++) list.push(list[row]! + lengthOf(row));
  return list;
}

function child(length: number): Data<Int32> {
  return makeData({
    type: new Int32(),
    data: Int32Array.from({ length }, (_, i) => i * 3),
    nullBitmap: validity(length),
    length,
  });
}

function field<T extends DataType>(name: string, type: T): Field<T> {
  return new Field(name, type, true);
}

function list<T extends DataType>(type: T): Data<T> {
  const valueOffsets = offsets((row) => row % 4);
  const large = type instanceof LargeList;
  return makeData({
    type,
    length: ROWS,
    nullBitmap: validity(),
    valueOffsets: large
      ? BigInt64Array.from(valueOffsets, BigInt)
      : Int32Array.from(valueOffsets),
    child: child(valueOffsets[ROWS]!),
  } as never) as Data<T>;
}

function map(): Data {
  const valueOffsets = offsets((row) => row % 3);
  const length = valueOffsets[ROWS]!;
  const keys = vectorFromArray(
    Array.from({ length }, (_, i) => `key ${i}`),
    new Utf8(),
  );
  const entries = new Struct([
    new Field("key", new Utf8(), false),
    field("value", new Int32()),
  ]);
  return makeData({
    type: new Map_(new Field("entries", entries, false) as never),
    length: ROWS,
    nullBitmap: validity(),
    valueOffsets: Int32Array.from(valueOffsets),
    child: makeData({
      type: entries,
      length,
      nullCount: 0,
      children: [keys.data[0]!, child(length)],
    }) as never,
  });
}

function struct(): Data {
  const type = new Struct([
    field("number", new Int32()),
    field("text", new Utf8()),
    field("flag", new Bool()),
  ]);
  return makeData({
    type,
    length: ROWS,
    nullBitmap: validity(),
    children: [
      child(ROWS),
      built(new Utf8(), text),
      built(new Bool(), (row) => row % 2 === 0),
    ],
  });
}

function union(dense: boolean): Data {
  const fields = [field("number", new Int32()), field("text", new Utf8())];
  const ids = [5, 2];
  const typeIds = Int8Array.from(
    { length: ROWS },
    (_, row) => ids[row % 3 === 0 ? 1 : 0]!,
  );
  const seen = [0, 0];
  const valueOffsets = Int32Array.from(
    typeIds,
    (id) => seen[ids.indexOf(id)]!++,
  );
  return makeData({
    type: dense ? new DenseUnion(ids, fields) : new SparseUnion(ids, fields),
    length: ROWS,
    nullCount: 0,
    typeIds,
    ...(dense ? { valueOffsets } : {}),
    children: [child(ROWS), built(new Utf8(), text)],
  } as never);
}

/** A dictionary column: `indices` into `values`. */
export function dictionaryData(
  type: Dictionary,
  values: Vector,
  indices: ArrayLike<number>,
  nullBitmap?: Uint8Array,
): Data<Dictionary> {
  return makeData({
    type,
    length: indices.length,
    data: type.indices.ArrayType.from(indices as never) as never,
    nullBitmap,
    nullCount: nullBitmap ? -1 : 0,
    dictionary: values,
  } as never) as unknown as Data<Dictionary>;
}

function dictionary(): Data {
  const values = vectorFromArray(["red", "green", "blue"], new Utf8());
  return dictionaryData(
    new Dictionary(new Utf8(), new Int8()),
    values,
    Array.from({ length: ROWS }, (_, row) => row % 3),
    validity(),
  );
}

/** Structs with a dictionary-encoded child, themselves dictionary-encoded. */
export function nestedDictionary(): Data {
  const colour = new Dictionary(new Utf8(), new Int16());
  const pair = new Struct([
    field("colour", colour),
    field("number", new Int32()),
  ]);
  const colours = vectorFromArray(["red", "green", "blue"], new Utf8());
  const pairs = makeData({
    type: pair,
    length: 4,
    nullCount: 0,
    children: [dictionaryData(colour, colours, [2, 1, 0, 2]), child(4)],
  });
  return dictionaryData(
    new Dictionary(pair, new Uint8()),
    new Vector([pairs]),
    Array.from({ length: ROWS }, (_, row) => row % 4),
    validity(),
  );
}

/** Lists of dictionary-encoded strings. */
export function listOfDictionary(): Data {
  const type = new Dictionary(new Utf8(), new Int32());
  const valueOffsets = offsets((row) => row % 3);
  const values = vectorFromArray(["a", "bb", "ccc"], new Utf8());
  return makeData({
    type: new List(field("item", type)),
    length: ROWS,
    nullBitmap: validity(),
    valueOffsets: Int32Array.from(valueOffsets),
    child: dictionaryData(
      type,
      values,
      Array.from({ length: valueOffsets[ROWS]! }, (_, i) => i % 3),
    ),
  } as never);
}

const day = 86_400_000;

/** Makers of the columns, by a name that says what is in them. */
export const SAMPLES: Readonly<Record<string, () => Data>> = {
  null: () => makeData({ type: new Null(), length: ROWS }),
  int8: () => fixed(new Int8(), Int8Array.from(ints(7))),
  int16: () => fixed(new Int16(), Int16Array.from(ints(15))),
  int32: () => fixed(new Int32(), Int32Array.from(ints(31))),
  int64: () => fixed(new Int64(), BigInt64Array.from(bigints(-(1n << 57n)))),
  uint8: () => fixed(new Uint8(), Uint8Array.from(ints(8))),
  uint16: () => fixed(new Uint16(), Uint16Array.from(ints(16))),
  uint32: () => fixed(new Uint32(), Uint32Array.from(ints(32))),
  uint64: () => fixed(new Uint64(), BigUint64Array.from(bigints(1n << 58n))),
  float16: () => built(new Float16(), (row) => row / 4),
  float32: () => built(new Float32(), (row) => row / 8),
  float64: () => built(new Float64(), (row) => row / 3),
  decimal32: () =>
    fixed(new Decimal(2, 9, 32), Uint32Array.from({ length: ROWS }, Number)),
  decimal64: () =>
    fixed(
      new Decimal(2, 18, 64),
      Uint32Array.from({ length: 2 * ROWS }, (_, i) => i * 7),
    ),
  decimal128: () =>
    fixed(
      new Decimal(3, 38, 128),
      Uint32Array.from({ length: 4 * ROWS }, (_, i) => i * 7),
    ),
  decimal256: () =>
    fixed(
      new Decimal(3, 76, 256),
      Uint32Array.from({ length: 8 * ROWS }, (_, i) => i * 7),
    ),
  bool: () => built(new Bool(), (row) => row % 4 === 0),
  utf8: () => built(new Utf8(), text),
  largeUtf8: () => built(new LargeUtf8(), text),
  utf8View: () => built(new Utf8View(), text),
  binary: () => built(new Binary(), bytes),
  largeBinary: () => built(new LargeBinary(), bytes),
  binaryView: () =>
    built(
      new BinaryView(),
      (row) => Uint8Array.from({ length: row * 2 }, (_, i) => row + i),
    ),
  fixedSizeBinary: () =>
    built(new FixedSizeBinary(5), (row) => new Uint8Array(5).fill(row)),
  dateDay: () => built(new DateDay(), (row) => new Date(row * day)),
  dateMillisecond: () =>
    built(new DateMillisecond(), (row) => new Date(row * day)),
  timeSecond: () => built(new TimeSecond(), (row) => row),
  timeMillisecond: () => built(new TimeMillisecond(), (row) => row * 1000),
  timeMicrosecond: () => built(new TimeMicrosecond(), BigInt),
  timeNanosecond: () => built(new TimeNanosecond(), BigInt),
  timestampSecond: () =>
    fixed(new TimestampSecond(), BigInt64Array.from(bigints(1000n))),
  timestampMillisecond: () =>
    fixed(
      new TimestampMillisecond("Europe/Berlin"),
      BigInt64Array.from(bigints(1000n)),
    ),
  timestampMicrosecond: () =>
    fixed(new TimestampMicrosecond("UTC"), BigInt64Array.from(bigints(999n))),
  timestampNanosecond: () =>
    fixed(
      new TimestampNanosecond("+07:30"),
      BigInt64Array.from(bigints(1_000_000n)),
    ),
  durationSecond: () => built(new DurationSecond(), BigInt),
  durationMillisecond: () => built(new DurationMillisecond(), BigInt),
  durationMicrosecond: () => built(new DurationMicrosecond(), BigInt),
  durationNanosecond: () => built(new DurationNanosecond(), BigInt),
  intervalYearMonth: () =>
    fixed(new IntervalYearMonth(), Int32Array.from(ints(10))),
  intervalDayTime: () =>
    fixed(
      new IntervalDayTime(),
      Int32Array.from({ length: 2 * ROWS }, (_, i) => i),
    ),
  intervalMonthDayNano: () =>
    fixed(
      new IntervalMonthDayNano(),
      Int32Array.from({ length: 4 * ROWS }, (_, i) => i),
    ),
  list: () => list(new List(field("item", new Int32()))),
  largeList: () => list(new LargeList(field("item", new Int32()))),
  fixedSizeList: () =>
    makeData({
      type: new FixedSizeList(3, field("item", new Int32())),
      length: ROWS,
      nullBitmap: validity(),
      child: child(3 * ROWS),
    }),
  struct,
  map,
  denseUnion: () => union(true),
  sparseUnion: () => union(false),
  dictionary,
  nestedDictionary,
  listOfDictionary,
};

/** A batch of the given columns. */
export function batchOf(
  columns: Readonly<Record<string, Data>>,
  metadata?: Map<string, string>,
): RecordBatch {
  const fields = Object.entries(columns).map(([name, data]) =>
    field(name, data.type)
  );
  const children = Object.values(columns);
  return new RecordBatch(
    new Schema(fields),
    makeData({
      type: new Struct(fields),
      length: children[0]?.length ?? 0,
      nullCount: 0,
      children,
    }),
    metadata,
  );
}

/** A batch of every sample. */
export function everything(): RecordBatch {
  return batchOf(
    Object.fromEntries(
      Object.entries(SAMPLES).map(([name, make]) => [name, make()]),
    ),
  );
}
