/** Values of Arrow columns as databases take them: numbers, texts and bytes. */

import { type Data, Vector } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import { TYPE_ID, UNION_MODE } from "../../arrow/arrow_format.ts";
import { hasValue } from "../../arrow/bitmap.ts";
import { anyType } from "../../arrow/types/same_type.ts";
import { dateText, instantText, NANOS, timeText } from "./civil_time.ts";
import { typeText } from "../../arrow/types/type_text.ts";

/** A value of a column; those of nested types are lists and records of values. */
export type Cell =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly Cell[]
  | { readonly [name: string]: Cell };

type Reader = (row: number) => Cell;

const UNITS = ["s", "ms", "us", "ns"] as const;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Makes the function that gives the values of a column by row. */
export function cellReader(data: Data): Reader {
  const read = valueReader(data);
  // Unions have no validity of their own.
  if (data.type.typeId === TYPE_ID.union) return read;
  return (row) => hasValue(data, row) ? read(row) : null;
}

function valueReader(data: Data): Reader {
  const { values } = data;
  const type = anyType(data.type);
  switch (type.typeId) {
    case TYPE_ID.null:
      return () => null;
    case TYPE_ID.int:
    case TYPE_ID.duration:
      // A number would be stored as a floating point number: 1 as the text 1.0.
      return (row) => BigInt(values[row]);
    case TYPE_ID.float:
      return type.precision === 0
        ? (row) => halfFloat(values[row])
        : (row) => values[row];
    case TYPE_ID.bool:
      return (row) => {
        const bit = row + data.offset;
        return (values[bit >>> 3] & (1 << (bit & 7))) !== 0;
      };
    case TYPE_ID.utf8:
    case TYPE_ID.largeUtf8: {
      const bytes = bytesReader(data);
      return (row) => decoder.decode(bytes(row));
    }
    case TYPE_ID.binary:
    case TYPE_ID.largeBinary:
      return bytesReader(data);
    case TYPE_ID.fixedSizeBinary:
      return (row) =>
        values.subarray(row * type.byteWidth, (row + 1) * type.byteWidth);
    case TYPE_ID.decimal:
      return decimalReader(data, type.scale, type.bitWidth ?? 128);
    case TYPE_ID.date:
      return dateReader(values, type.unit);
    case TYPE_ID.time: {
      const nanos = NANOS[UNITS[type.unit]!]!;
      return (row) => {
        const text = timeText(BigInt(values[row]) * nanos);
        if (text !== undefined) return text;
        throw new FlightError(
          "OUT_OF_RANGE",
          `Cannot store the time ${values[row]}, of type ${
            typeText(data.type)
          }: it is outside of a day`,
        );
      };
    }
    case TYPE_ID.timestamp: {
      const nanos = NANOS[UNITS[type.unit]!]!;
      const zone = type.timezone ? "Z" : "";
      return (row) =>
        inCalendar(instantText(values[row] * nanos), values[row]) + zone;
    }
    case TYPE_ID.interval:
      return intervalReader(values, type.unit);
    case TYPE_ID.list:
    case TYPE_ID.largeList:
    case TYPE_ID.fixedSizeList:
    case TYPE_ID.map:
    case TYPE_ID.struct:
    case TYPE_ID.union:
      return nestedReader(data);
    case TYPE_ID.dictionary:
      return dictionaryReader(data);
    default: {
      // Views, whose layout apache-arrow knows.
      const vector = new Vector([data]);
      return (row) => vector.get(row);
    }
  }
}

function bytesReader(data: Data): (row: number) => Uint8Array {
  const { valueOffsets, values } = data;
  return (row) =>
    values.subarray(Number(valueOffsets[row]), Number(valueOffsets[row + 1]));
}

function dictionaryReader(data: Data): Reader {
  const { dictionary, values } = data as unknown as {
    dictionary: Vector;
    values: ArrayLike<number | bigint>;
  };
  const chunks = dictionary.data.map((chunk) => ({
    length: chunk.length,
    read: cellReader(chunk),
  }));
  return (row) => {
    let index = Number(values[row]);
    for (const { length, read } of chunks) {
      if (index < length) return read(index);
      index -= length;
    }
    return null;
  };
}

function nestedReader(data: Data): Reader {
  const type = anyType(data.type);
  const children = data.children.map(cellReader);
  const { valueOffsets, typeIds } = data as unknown as {
    valueOffsets: ArrayLike<number | bigint>;
    typeIds: Int8Array;
  };
  switch (type.typeId) {
    case TYPE_ID.struct:
      return (row) =>
        Object.fromEntries(
          data.type.children.map(({ name }, i) => [name, children[i]!(row)]),
        );
    case TYPE_ID.union: {
      const ids = [
        ...(type as unknown as { typeIds: Iterable<number> }).typeIds,
      ];
      return (row) => {
        const child = ids.indexOf(typeIds[row]!);
        const at = type.mode === UNION_MODE.dense
          ? Number(valueOffsets[row])
          : row;
        return children[child]!(at);
      };
    }
    case TYPE_ID.fixedSizeList:
      return (row) =>
        rangeOf(children[0]!, row * type.listSize, (row + 1) * type.listSize);
    default:
      return (row) =>
        rangeOf(
          children[0]!,
          Number(valueOffsets[row]),
          Number(valueOffsets[row + 1]),
        );
  }
}

function rangeOf(read: Reader, start: number, end: number): Cell[] {
  return Array.from({ length: end - start }, (_, i) => read(start + i));
}

/** Decimals as texts, so that no digit is lost. */
function decimalReader(data: Data, scale: number, bitWidth: number): Reader {
  const words = new Uint32Array(
    data.values.buffer,
    data.values.byteOffset,
    data.values.byteLength / 4,
  );
  const width = bitWidth / 32;
  return (row) => {
    let value = 0n;
    for (let i = width - 1; i >= 0; i--) {
      value = (value << 32n) | BigInt(words[row * width + i]!);
    }
    return decimalText(BigInt.asIntN(bitWidth, value), scale);
  };
}

/** Digits of a decimal. */
function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled)
    .padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function dateReader(values: ArrayLike<number | bigint>, unit: number): Reader {
  if (unit === 0) {
    return (row) => inCalendar(dateText(Number(values[row])), values[row]);
  }
  return (row) => {
    const text = instantText(BigInt(values[row]!) * 1_000_000n);
    return inCalendar(text, values[row]).replace(/ 00:00:00$/, "");
  };
}

function inCalendar(text: string | undefined, value: unknown): string {
  if (text !== undefined) return text;
  throw new FlightError(
    "OUT_OF_RANGE",
    `Cannot store the time ${value}: it is outside of the years 0 to 9999`,
  );
}

/** Intervals in the notation of ISO 8601. */
function intervalReader(values: Int32Array, unit: number): Reader {
  if (unit === 0) return (row) => `P${values[row]}M`;
  if (unit === 1) {
    return (row) =>
      `P${values[2 * row]}DT${decimalText(BigInt(values[2 * row + 1]!), 3)}S`;
  }
  return (row) => {
    const at = 4 * row;
    const nanos = (BigInt(values[at + 3]!) << 32n) |
      BigInt(values[at + 2]! >>> 0);
    return `P${values[at]}M${values[at + 1]}DT${decimalText(nanos, 9)}S`;
  };
}

/** Value of a 16-bit float. */
export function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** JSON of a value: integers with all their digits, bytes in hexadecimal. */
export function jsonText(cell: Cell): string {
  if (typeof cell === "bigint") return String(cell);
  if (cell instanceof Uint8Array) {
    return JSON.stringify(cell.toHex?.() ?? hex(cell));
  }
  if (typeof cell === "number") {
    return Number.isFinite(cell) ? String(cell) : "null";
  }
  if (Array.isArray(cell)) return `[${cell.map(jsonText).join(",")}]`;
  if (typeof cell !== "object" || cell === null) return JSON.stringify(cell);
  const fields = Object.entries(cell).map(([name, value]) =>
    `${JSON.stringify(name)}:${jsonText(value)}`
  );
  return `{${fields.join(",")}}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
