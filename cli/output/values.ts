/** Values of Arrow as text, without loss. */

import {
  DataType,
  DateUnit,
  type Decimal,
  type Duration,
  type Field,
  type Float,
  IntervalUnit,
  Precision,
  type Time,
  type TimeUnit,
  Type,
  Vector,
} from "apache-arrow";
import {
  dateText,
  decimalText,
  floorDivide,
  fractionText,
  hexText,
  twoDigits,
} from "./scalars.ts";

/** A value as text; `null` where it is null. */
type Text = string | null;

/**
 * Writes a value of a column as text.
 *
 * @param vector The column.
 * @param index The row.
 * @returns The text; `null` for null.
 */
export function valueText(vector: Vector, index: number): Text {
  const { type } = vector;
  if (DataType.isDictionary(type)) {
    const [data, at] = locate(vector, index);
    return isNull(vector, index)
      ? null
      : valueText(data.dictionary!, Number(data.values[at]));
  }
  if (isNull(vector, index)) return null;
  return isNested(type) ? nestedJson(vector, index) : scalar(vector, index);
}

/** Most bytes of texts that are decoded together. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

const utf8 = new TextDecoder();

/**
 * Makes a function that writes the value of a row, for the rows of a whole column: texts of ASCII are decoded
 * together, since a decoder takes longer to begin than for a short text.
 *
 * @param vector The column.
 */
export function columnText(vector: Vector): (index: number) => Text {
  const [data, ...more] = vector.data;
  const each = (index: number): Text => valueText(vector, index);
  if (!data || more.length > 0 || !DataType.isUtf8(vector.type)) return each;
  const { length, valueOffsets, values } = data;
  const [first, last] = [valueOffsets[0]!, valueOffsets[length]!];
  if (last - first > MAX_TEXT_BYTES) return each;
  const text = utf8.decode(values.subarray(first, last));
  // Where each byte is a character, no character is of several bytes.
  if (text.length !== last - first) return each;
  return (index) =>
    isNull(vector, index) ? null : text.slice(
      valueOffsets[index]! - first,
      valueOffsets[index + 1]! - first,
    );
}

/**
 * Writes a value of a column as JSON.
 *
 * @param vector The column.
 * @param index The row.
 * @returns JSON: numbers keep all their digits, also those beyond the precision of a double.
 */
export function valueJson(vector: Vector, index: number): string {
  const text = valueText(vector, index);
  if (text === null) return "null";
  const type = valueTypeOf(vector.type);
  if (isNested(type) || DataType.isBool(type)) return text;
  if (DataType.isInt(type) || DataType.isDecimal(type)) return text;
  // NaN and Infinity are no numbers of JSON.
  if (DataType.isFloat(type) && /\d/.test(text)) return text;
  return JSON.stringify(text);
}

/** Tells numbers, which are aligned to the right, from other types. */
export function isNumeric(type: DataType): boolean {
  const plain = valueTypeOf(type);
  return DataType.isInt(plain) || DataType.isFloat(plain) ||
    DataType.isDecimal(plain);
}

function valueTypeOf(type: DataType): DataType {
  return DataType.isDictionary(type) ? type.dictionary : type;
}

function isNested(type: DataType): boolean {
  switch (type.typeId) {
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
    case Type.Struct:
    case Type.Map:
    case Type.Union:
      return true;
    default:
      return false;
  }
}

/** Tells whether a value is null; a union has the nulls of its children. */
function isNull(vector: Vector, index: number): boolean {
  if (vector.type.typeId === Type.Null) return true;
  if (DataType.isUnion(vector.type)) return false;
  const [data, at] = locate(vector, index);
  const { nullBitmap, nullCount, offset } = data;
  if (nullCount === 0 || !nullBitmap?.byteLength) return false;
  // Not by `getValid`, which throws at times that are no numbers.
  return (nullBitmap[(offset + at) >> 3]! & (1 << ((offset + at) & 7))) === 0;
}

/** The chunk that has a row, and the row in it. */
function locate(
  { data }: Vector,
  index: number,
): [Vector["data"][number], number] {
  let at = index;
  for (const chunk of data) {
    if (at < chunk.length) return [chunk, at];
    at -= chunk.length;
  }
  throw new RangeError(`no row ${index}`);
}

function scalar(vector: Vector, index: number): string {
  const { type } = vector;
  const [data, at] = locate(vector, index);
  switch (type.typeId) {
    case Type.Decimal: {
      const { bitWidth, scale } = type as Decimal;
      const words = bitWidth / 32;
      return decimalText(
        data.values.subarray(at * words, (at + 1) * words),
        scale,
      );
    }
    case Type.Date:
      return (type as { unit?: DateUnit }).unit === DateUnit.DAY
        ? dateText(data.values[at])
        : dateText(floorDivide(BigInt(data.values[at]), 86_400_000n));
    case Type.Timestamp:
      return timestampText(
        data.values[at],
        (type as { unit?: TimeUnit }).unit!,
        (type as { timezone?: string | null }).timezone,
      );
    case Type.Time:
      return timeText(Number(data.values[at]), (type as Time).unit);
    case Type.Duration:
      return `${
        fractionText(BigInt(data.values[at]), digitsOf((type as Duration).unit))
      }s`;
    case Type.Interval:
      return intervalText(data.values, at, (type as { unit?: number }).unit!);
    case Type.Float:
      return floatText(
        Number(vector.get(index)),
        (type as Float).precision === Precision.SINGLE,
      );
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
    case Type.FixedSizeBinary:
      return hexText(vector.get(index) as Uint8Array);
    default:
      return String(vector.get(index));
  }
}

/**
 * A number in few digits that tell it from all others of its type, such as 0.1 of 32 bits, which is
 * 0.10000000149011612. Negative zero keeps its sign.
 */
function floatText(value: number, isSingle: boolean): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  // More than nine digits are never needed for 32 bits.
  if (!isSingle || text.length <= 7) return text;
  for (let digits = 6; digits <= 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return text;
}

function digitsOf(unit: TimeUnit): number {
  return unit * 3;
}

function timestampText(
  value: bigint,
  unit: TimeUnit,
  zone: string | null | undefined,
): string {
  const [days, rest] = splitDays(value, 86_400 * 10 ** digitsOf(unit));
  return `${dateText(days)}T${timeText(rest, unit)}${zone ? "Z" : ""}`;
}

/** Whole days, and the rest of the last one. BigInts are slow, and few times need them. */
function splitDays(
  value: bigint,
  unitsPerDay: number,
): [days: number | bigint, rest: number] {
  const number = Number(value);
  if (Number.isSafeInteger(number)) {
    const rest = (number % unitsPerDay + unitsPerDay) % unitsPerDay;
    return [(number - rest) / unitsPerDay, rest];
  }
  const days = floorDivide(value, BigInt(unitsPerDay));
  return [days, Number(value - days * BigInt(unitsPerDay))];
}

function timeText(value: number, unit: TimeUnit): string {
  const digits = digitsOf(unit);
  const perSecond = 10 ** digits;
  const seconds = Math.floor(value / perSecond);
  const rest = value % perSecond;
  const fraction = rest === 0
    ? ""
    : `.${String(rest).padStart(digits, "0")}`.replace(/0+$/, "");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${twoDigits(hours)}:${twoDigits(minutes)}:${
    twoDigits(seconds % 60)
  }${fraction}`;
}

/** An interval in the form of ISO 8601. */
function intervalText(
  values: Int32Array,
  at: number,
  unit: IntervalUnit,
): string {
  switch (unit) {
    case IntervalUnit.YEAR_MONTH:
      return `P${values[at]}M`;
    case IntervalUnit.DAY_TIME:
      return `P${values[at * 2]}DT${
        fractionText(BigInt(values[at * 2 + 1]!), 3)
      }S`;
    default: {
      const [months, days] = values.subarray(at * 4, at * 4 + 2);
      const bytes = new DataView(
        values.buffer,
        values.byteOffset + at * 16,
        16,
      );
      const seconds = fractionText(bytes.getBigInt64(8, true), 9);
      return `P${months}M${days}DT${seconds}S`;
    }
  }
}

function nestedJson(vector: Vector, index: number): string {
  const { type } = vector;
  const [data, at] = locate(vector, index);
  switch (type.typeId) {
    case Type.Struct: {
      const parts = type.children.map(({ name }: Field, child: number) => {
        const column = new Vector([data.children[child]!]);
        return `${JSON.stringify(name)}:${valueJson(column, at)}`;
      });
      return `{${parts.join(",")}}`;
    }
    case Type.Map: {
      const [keys, values] = data.children[0]!.children;
      const [from, to] = data.valueOffsets.subarray(at, at + 2);
      const parts: string[] = [];
      for (let row = Number(from); row < Number(to); row++) {
        const key = valueText(new Vector([keys!]), row);
        const value = valueJson(new Vector([values!]), row);
        parts.push(`${JSON.stringify(String(key))}:${value}`);
      }
      return `{${parts.join(",")}}`;
    }
    case Type.Union: {
      const { typeIdToChildIndex, mode } = type as DataType & {
        typeIdToChildIndex: Record<number, number>;
        mode: number;
      };
      const child = typeIdToChildIndex[data.typeIds[at]!]!;
      const isDense = mode === 1;
      return valueJson(
        new Vector([data.children[child]!]),
        isDense ? data.valueOffsets[at]! : at,
      );
    }
    default: {
      const list = vector.get(index) as Vector;
      const parts: string[] = [];
      for (let row = 0; row < list.length; row++) {
        parts.push(valueJson(list, row));
      }
      return `[${parts.join(",")}]`;
    }
  }
}
