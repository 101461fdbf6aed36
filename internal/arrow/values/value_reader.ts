/** Reads columns as the values that JavaScript has for them, without loss. */

import type { Data } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import { newVector } from "../arrow_objects.ts";
import { TYPE_ID, typeName, UNION_MODE } from "../arrow_format.ts";
import { getBit } from "../bitmap.ts";
import { type AnyType, anyType } from "../types/same_type.ts";
import { bigintOfWords, decimalText } from "./decimal_text.ts";
import { setOwn } from "./set_own.ts";
import {
  dateOfMs,
  dateOfNanos,
  DAY_MS,
  plainDate,
  plainTime,
  type SqlInterval,
  temporalDuration,
  temporalTimestamp,
  timeText,
  UNIT_NANOS,
} from "./time_values.ts";
import { typeText } from "../types/type_text.ts";

/** The value of a row; null where there is none. */
type ValueReader = (row: number) => unknown;

/** The forms of values. */
export interface ValueForms {
  /** True if dates and times are values of Temporal. */
  readonly temporal: boolean;
}

/**
 * Makes the reader of a column.
 *
 * @param data The values, as a decoder has made them.
 * @param forms The forms in which they are wanted.
 * @throws {FlightError} UNIMPLEMENTED for a type that cannot be read here.
 */
export function valueReader(data: Data, forms: ValueForms): ValueReader {
  const type = anyType(data.type);
  const read = plainReader(data, type, forms);
  // A union has no validity of its own.
  if (type.typeId === TYPE_ID.union || data.nullCount === 0) return read;
  const { nullBitmap, offset } = data;
  return nullBitmap?.byteLength
    ? (row) => getBit(nullBitmap, offset + row) ? read(row) : null
    : read;
}

function plainReader(
  data: Data,
  type: AnyType,
  forms: ValueForms,
): ValueReader {
  const { values } = data;
  switch (type.typeId) {
    case TYPE_ID.null:
      return () => null;
    case TYPE_ID.int:
      return (row) => values[row];
    case TYPE_ID.float:
      // A half-precision number stands as its bits.
      return type.precision === 0 ? apacheReader(data) : (row) => values[row];
    case TYPE_ID.bool:
      return (row) => getBit(values as Uint8Array, data.offset + row);
    case TYPE_ID.utf8:
    case TYPE_ID.largeUtf8:
      return textReader(offsetBytes(data));
    case TYPE_ID.utf8View:
      return textReader(viewBytes(data));
    case TYPE_ID.binary:
    case TYPE_ID.largeBinary:
      return copyReader(offsetBytes(data));
    case TYPE_ID.binaryView:
      return copyReader(viewBytes(data));
    case TYPE_ID.fixedSizeBinary: {
      const { byteWidth } = type;
      return copyReader((row, read) =>
        read(values as Uint8Array, row * byteWidth, (row + 1) * byteWidth)
      );
    }
    case TYPE_ID.decimal: {
      const words = (type.bitWidth ?? 128) / 32;
      return (row) =>
        decimalText(bigintOfWords(values, row * words, words), type.scale);
    }
    case TYPE_ID.date:
    case TYPE_ID.time:
    case TYPE_ID.timestamp:
    case TYPE_ID.duration:
    case TYPE_ID.interval:
      return timeReader(data, type, forms);
    case TYPE_ID.dictionary:
      return dictionaryReader(data, forms);
    case TYPE_ID.list:
    case TYPE_ID.largeList: {
      const item = valueReader(data.children[0]!, forms);
      const { valueOffsets } = data;
      return (row) =>
        range(item, Number(valueOffsets[row]), Number(valueOffsets[row + 1]));
    }
    case TYPE_ID.fixedSizeList: {
      const item = valueReader(data.children[0]!, forms);
      const { listSize } = type;
      return (row) => range(item, row * listSize, (row + 1) * listSize);
    }
    case TYPE_ID.struct:
      return rowReader(
        type.children!.map(({ name }) => name),
        data.children,
        forms,
      );
    case TYPE_ID.map:
      return mapReader(data, forms);
    case TYPE_ID.union:
      return unionReader(data, type, forms);
    default:
      throw new FlightError(
        "UNIMPLEMENTED",
        `Cannot read values of type ${typeName(type.typeId)}`,
      );
  }
}

/**
 * Makes the reader of rows as objects.
 *
 * @param names The properties, one for each column.
 * @param columns The columns.
 * @param forms The forms of their values.
 */
export function rowReader(
  names: readonly string[],
  columns: readonly Data[],
  forms: ValueForms,
): (row: number) => Record<string, unknown> {
  const readers = columns.map((data) => valueReader(data, forms));
  return (row) => {
    const object: Record<string, unknown> = {};
    for (let i = 0; i < readers.length; i++) {
      setOwn(object, names[i]!, readers[i]!(row));
    }
    return object;
  };
}

/** Reads the values as apache-arrow returns them. */
function apacheReader(data: Data): ValueReader {
  const vector = newVector([data]);
  return (row) => vector.get(row);
}

/** Gives `read` the bytes of a row, from `start` to `end`, without an object for them. */
type BytesOf = <T>(
  row: number,
  read: (bytes: Uint8Array, start: number, end: number) => T,
) => T;

function offsetBytes({ values, valueOffsets }: Data): BytesOf {
  const bytes = values as Uint8Array;
  return (row, read) =>
    read(bytes, Number(valueOffsets[row]), Number(valueOffsets[row + 1]));
}

/** A view has its bytes in it, or the place of them in one of several buffers. */
function viewBytes({ values, variadicBuffers }: Data): BytesOf {
  const bytes = values as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (row, read) => {
    const at = 16 * row;
    const size = view.getInt32(at, true);
    if (size <= 12) return read(bytes, at + 4, at + 4 + size);
    const start = view.getInt32(at + 12, true);
    const buffer = variadicBuffers[view.getInt32(at + 8, true)]!;
    return read(buffer, start, start + size);
  };
}

/** Reads copies: a view would keep the whole batch in memory. */
function copyReader(bytesOf: BytesOf): ValueReader {
  const copy = (bytes: Uint8Array, start: number, end: number) =>
    new Uint8Array(bytes.subarray(start, end));
  return (row) => bytesOf(row, copy);
}

/** Longest text that is read byte by byte, as long as it is ASCII: a decoder has a price for each call. */
const SHORT_TEXT_BYTES = 24;

// A mark at the start of a text is a part of it.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function textReader(bytesOf: BytesOf): ValueReader {
  return (row) => bytesOf(row, textOf);
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT_BYTES) {
    let text = "";
    let i = start;
    for (; i < end && bytes[i]! < 128; i++) {
      text += String.fromCharCode(bytes[i]!);
    }
    if (i === end) return text;
  }
  return decoder.decode(bytes.subarray(start, end));
}

function range(item: ValueReader, start: number, end: number): unknown[] {
  const items: unknown[] = [];
  for (let i = start; i < end; i++) items.push(item(i));
  return items;
}

function dictionaryReader(data: Data, forms: ValueForms): ValueReader {
  const { values } = data;
  const chunks = data.dictionary!.data;
  const readers = chunks.map((chunk) => valueReader(chunk, forms));
  if (readers.length === 1) {
    const [read] = readers;
    return (row) => read!(Number(values[row]));
  }
  return (row) => {
    let index = Number(values[row]);
    for (const [i, { length }] of chunks.entries()) {
      if (index < length) return readers[i]!(index);
      index -= length;
    }
    return null;
  };
}

function mapReader(data: Data, forms: ValueForms): ValueReader {
  const [key, value] = data.children[0]!.children
    .map((child) => valueReader(child, forms));
  const { valueOffsets } = data;
  return (row) => {
    const map = new Map<unknown, unknown>();
    for (let i = valueOffsets[row]!; i < valueOffsets[row + 1]!; i++) {
      map.set(key!(i), value!(i));
    }
    return map;
  };
}

function unionReader(
  data: Data,
  type: AnyType,
  forms: ValueForms,
): ValueReader {
  const { typeIds, valueOffsets } = data;
  const readers = new Map<number, ValueReader>();
  data.children.forEach((child, i) =>
    readers.set(type.typeIds[i]!, valueReader(child, forms))
  );
  const isDense = type.mode === UNION_MODE.dense;
  return (row) =>
    readers.get(typeIds[row]!)?.(isDense ? valueOffsets[row]! : row) ?? null;
}

function timeReader(data: Data, type: AnyType, forms: ValueForms): ValueReader {
  if (forms.temporal) return temporalReader(data, type);
  const { values } = data;
  const { unit } = type;
  const nanos = nanosReader(data, type);
  switch (type.typeId) {
    case TYPE_ID.date:
      // Days and milliseconds may lie beyond all Dates.
      return unit === 0
        ? (row) => dateOfMs(values[row] * DAY_MS)
        : (row) => dateOfMs(Number(values[row]), values[row]);
    case TYPE_ID.time:
      return (row) => timeText(nanos(row));
    case TYPE_ID.timestamp:
      return (row) => dateOfNanos(nanos(row));
    case TYPE_ID.duration:
      return nanos;
    default:
      return intervalReader(values as Int32Array, unit);
  }
}

/** Reads the nanoseconds of times; for types whose unit is one of time. */
function nanosReader(
  { values }: Data,
  { unit }: AnyType,
): (row: number) => bigint {
  const nanosOf = UNIT_NANOS[unit]!;
  return (row) => BigInt(values[row]) * nanosOf;
}

/** Reads times as values of Temporal, which has none for some of them. */
function temporalReader(data: Data, type: AnyType): ValueReader {
  const read = uncheckedTemporal(data, type);
  return (row) => {
    try {
      return read(row);
    } catch (error) {
      if (FlightError.is(error)) throw error;
      throw new FlightError(
        "OUT_OF_RANGE",
        `Cannot read row ${row}, of type ${
          typeText(data.type)
        }: Temporal has no such value; leave out the option temporal`,
        { cause: error, origin: "local" },
      );
    }
  };
}

function uncheckedTemporal(data: Data, type: AnyType): ValueReader {
  const { values } = data;
  const { unit } = type;
  const nanos = nanosReader(data, type);
  switch (type.typeId) {
    case TYPE_ID.date:
      return unit === 0
        ? (row) => plainDate(values[row])
        : (row) => plainDate(Math.floor(Number(values[row]) / DAY_MS));
    case TYPE_ID.time:
      return (row) => plainTime(nanos(row));
    case TYPE_ID.timestamp:
      return (row) => temporalTimestamp(nanos(row), type.timezone);
    case TYPE_ID.duration:
      return (row) =>
        temporalDuration({ months: 0, days: 0, nanoseconds: nanos(row) });
    default: {
      const read = intervalReader(values as Int32Array, unit);
      return (row) => temporalDuration(read(row));
    }
  }
}

function intervalReader(
  values: Int32Array,
  unit: number,
): (row: number) => SqlInterval {
  switch (unit) {
    case 0:
      return (row) => ({ months: values[row]!, days: 0, nanoseconds: 0n });
    case 1:
      return (row) => ({
        months: 0,
        days: values[2 * row]!,
        nanoseconds: BigInt(values[2 * row + 1]!) * 1_000_000n,
      });
    default:
      return (row) => ({
        months: values[4 * row]!,
        days: values[4 * row + 1]!,
        nanoseconds: bigintOfWords(values, 4 * row + 2, 2),
      });
  }
}
