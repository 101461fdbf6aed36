/**
 * A column of the integration JSON → Data of apache-arrow.
 *
 * @module
 */
import {
  type Data,
  DataType,
  type Dictionary,
  Field,
  type Interval,
  IntervalUnit,
  makeData,
  type Vector,
} from "apache-arrow";
import {
  type WireEncoding,
  wireEncodingOf,
} from "../../../internal/arrow/encodings/encoding.ts";
import { layoutOf } from "../../../internal/arrow/field_layout.ts";
import { take } from "../../../internal/arrow/take.ts";
import type { JsonColumn, JsonValue, JsonView } from "./json_document.ts";

/** Gives the values of a dictionary. */
export type FindDictionary = (id: number) => Vector;

/** So many bytes fit into a view itself. */
const INLINE_BYTES = 12;
const VIEW_BYTES = 16;

const encoder = new TextEncoder();

/**
 * Reads a column.
 *
 * @param type Its type.
 * @param column What it holds.
 * @param find Gives the dictionaries that it needs.
 * @throws {RangeError} When its buffers contradict each other.
 */
export function readColumn(
  type: DataType,
  column: JsonColumn,
  find: FindDictionary,
): Data {
  const encoding = wireEncodingOf(type);
  return encoding?.kind === "run ends"
    ? readRuns(type, column, find, encoding.inner)
    : readPlain(type, column, find, encoding);
}

/** Rows of which each has the value of its run. */
function readRuns(
  type: DataType,
  { name, count, children = [] }: JsonColumn,
  find: FindDictionary,
  inner: WireEncoding | undefined,
): Data {
  const [ends, values] = children;
  const data = inner?.kind === "run ends"
    ? readRuns(type, values!, find, inner.inner)
    : readPlain(type, values!, find, inner);
  let run = 0;
  const rows = Int32Array.from({ length: count }, (_, row) => {
    while (row >= Number(ends!.DATA![run])) run++;
    return run;
  });
  if (count > 0 && run >= data.length) {
    throw new RangeError(`${name}: ${data.length} runs are too few`);
  }
  return taken(type, data, rows);
}

/** The rows of `data` with the numbers `rows`. */
function taken(type: DataType, data: Data, rows: Int32Array): Data {
  const [layout] = layoutOf([new Field("", type, true)]).fields;
  return take(layout!, [data], rows);
}

function readPlain(
  type: DataType,
  column: JsonColumn,
  find: FindDictionary,
  encoding: WireEncoding | undefined,
): Data {
  const { name, count, VALIDITY, DATA, children = [] } = column;
  const length = count;
  if (DataType.isNull(type)) return makeData({ type, length });
  for (const buffer of [VALIDITY, DATA]) {
    if ((buffer?.length ?? count) === count) continue;
    throw new RangeError(`${name}: ${buffer!.length} values in ${count} rows`);
  }
  const read = (index: number) =>
    readColumn(type.children[index]!.type, children[index]!, find);
  const base = { type, length, nullBitmap: bitmap(VALIDITY ?? []) };
  if (DataType.isUnion(type)) {
    return make({
      type,
      length,
      typeIds: Int8Array.from(column.TYPE_ID ?? []),
      valueOffsets: column.OFFSET && Int32Array.from(column.OFFSET, Number),
      children: type.children.map((_, index) => read(index)),
    });
  }
  if (DataType.isStruct(type)) {
    return make({
      ...base,
      children: type.children.map((_: unknown, index: number) => read(index)),
    });
  }
  if (DataType.isFixedSizeList(type)) return make({ ...base, child: read(0) });
  if (encoding?.kind === "list view") {
    const rows: number[] = [];
    const ends = column.OFFSET!.map((offset, row) => {
      const size = VALIDITY![row] ? Number(column.SIZE![row]) : 0;
      for (let i = 0; i < size; i++) rows.push(Number(offset) + i);
      return rows.length;
    });
    const { type: item } = type.children[0]!;
    return make({
      ...base,
      valueOffsets: DataType.isLargeList(type)
        ? offsets64({ ...column, OFFSET: [0, ...ends] })
        : offsets32({ ...column, OFFSET: [0, ...ends] }),
      child: taken(item, read(0), Int32Array.from(rows)),
    });
  }
  if (DataType.isList(type) || DataType.isMap(type)) {
    return make({ ...base, valueOffsets: offsets32(column), child: read(0) });
  }
  if (DataType.isLargeList(type)) {
    return make({ ...base, valueOffsets: offsets64(column), child: read(0) });
  }
  if (DataType.isDictionary(type)) {
    return make({
      ...base,
      data: fixedValues(type.indices, DATA!),
      dictionary: find((type as Dictionary).id),
    });
  }
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) {
    return make({
      ...base,
      views: viewBytes(column.VIEWS!, bytesOf(type)),
      variadicBuffers: (column.VARIADIC_DATA_BUFFERS ?? []).map(
        Uint8Array.fromHex,
      ),
    });
  }
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const data = joined(DATA!, bytesOf(type), column);
    return make({ ...base, valueOffsets: offsets32(column), data });
  }
  if (DataType.isLargeUtf8(type) || DataType.isLargeBinary(type)) {
    const data = joined(DATA!, bytesOf(type), column);
    return make({ ...base, valueOffsets: offsets64(column), data });
  }
  return make({ ...base, data: fixedValues(type, DATA!) });
}

/** Its types tie properties to types; here the branches have seen to that. */
function make(props: Readonly<Record<string, unknown>>): Data {
  return makeData(props as never);
}

/** Bits, the lowest first. */
function bitmap(values: readonly (number | boolean)[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (const [row, value] of values.entries()) {
    if (value) bits[row >> 3]! |= 1 << (row & 7);
  }
  return bits;
}

function offsets32({ OFFSET = [] }: JsonColumn): Int32Array {
  return Int32Array.from(OFFSET.length > 0 ? OFFSET : [0], Number);
}

function offsets64({ OFFSET = [] }: JsonColumn): BigInt64Array {
  return BigInt64Array.from(OFFSET.length > 0 ? OFFSET : [0], BigInt);
}

/** Returns a function that converts a value of binary or text to bytes. */
function bytesOf(type: DataType): (value: JsonValue) => Uint8Array {
  const isText = DataType.isUtf8(type) || DataType.isLargeUtf8(type) ||
    DataType.isUtf8View(type);
  return (value) =>
    isText
      ? encoder.encode(value as string)
      : Uint8Array.fromHex(value as string);
}

/** The bytes of all values; they must end where the offsets say. */
function joined(
  values: readonly JsonValue[],
  bytesOf: (value: JsonValue) => Uint8Array,
  { name, OFFSET = [] }: JsonColumn,
): Uint8Array {
  const parts = values.map(bytesOf);
  let end = 0;
  for (const [row, part] of parts.entries()) {
    end += part.length;
    if (Number(OFFSET[row + 1]) === end) continue;
    throw new RangeError(
      `${name}: row ${row} ends at ${end}, its offset is ${OFFSET[row + 1]}`,
    );
  }
  const bytes = new Uint8Array(end);
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/** Views as they are in memory. */
function viewBytes(
  views: readonly JsonView[],
  bytesOf: (value: JsonValue) => Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(VIEW_BYTES * views.length);
  const memory = new DataView(bytes.buffer);
  for (const [row, view] of views.entries()) {
    const start = VIEW_BYTES * row;
    memory.setInt32(start, view.SIZE, true);
    if ("INLINED" in view) {
      const value = bytesOf(view.INLINED);
      if (value.length !== view.SIZE || value.length > INLINE_BYTES) {
        throw new RangeError(`view ${row} has ${value.length} bytes inlined`);
      }
      bytes.set(value, start + 4);
    } else {
      bytes.set(Uint8Array.fromHex(view.PREFIX_HEX), start + 4);
      memory.setInt32(start + 8, view.BUFFER_INDEX, true);
      memory.setInt32(start + 12, view.OFFSET, true);
    }
  }
  return bytes;
}

/** Values of a fixed width, in the array that apache-arrow keeps them in. */
function fixedValues(
  type: DataType,
  values: readonly JsonValue[],
): ArrayBufferView {
  if (DataType.isBool(type)) return bitmap(values as readonly boolean[]);
  if (DataType.isFixedSizeBinary(type)) {
    return Uint8Array.fromHex(values.join(""));
  }
  if (DataType.isDecimal(type)) {
    return Uint32Array.from(
      values.flatMap((value) => words(BigInt(value as string), type.bitWidth)),
    );
  }
  if (DataType.isInterval(type)) return intervalValues(type, values);
  if (DataType.isFloat(type) && type.precision === 0) {
    return new Uint16Array(Float16Array.from(values as number[]).buffer);
  }
  const ArrayType = type.ArrayType as {
    from(values: Iterable<unknown>): ArrayBufferView;
    BYTES_PER_ELEMENT: number;
  };
  const is64 = ArrayType === BigInt64Array || ArrayType === BigUint64Array;
  return ArrayType.from(
    is64 ? values.map((value) => BigInt(value as string)) : values,
  );
}

/** The words of a number in two's complement, the lowest first. */
function words(value: bigint, bitWidth: number): number[] {
  return Array.from(
    { length: bitWidth / 32 },
    (_, word) => Number(BigInt.asUintN(32, value >> BigInt(32 * word))),
  );
}

function intervalValues(
  { unit }: Interval,
  values: readonly JsonValue[],
): Int32Array {
  if (unit === IntervalUnit.YEAR_MONTH) {
    return Int32Array.from(values as readonly number[]);
  }
  return Int32Array.from(values.flatMap((value) => {
    const { months, days, milliseconds, nanoseconds } = value as Record<
      string,
      number
    >;
    return unit === IntervalUnit.DAY_TIME
      ? [days!, milliseconds!]
      : [months!, days!, ...words(BigInt(nanoseconds!), 64)];
  }));
}
