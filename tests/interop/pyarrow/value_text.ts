/**
 * Columns of a batch as JSON, in the same form as value_text.py. Values that do
 * not fit into a JSON number exactly are text.
 *
 * @module
 */
import {
  type Data,
  DataType,
  type Field,
  type Interval,
  IntervalUnit,
  type RecordBatch,
  type Schema,
  TimeUnit,
  Type,
  UnionMode,
  Vector,
} from "apache-arrow";

import { type ColumnEncoding, encodingOf } from "../../../mod.ts";

/** Value of a column in one row. */
export type Json = null | boolean | number | string | Json[];

/** A schema as JSON. */
export interface SchemaText {
  /** Its fields, types as pyarrow prints them. */
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly nullable: boolean;
    readonly metadata: readonly (readonly [string, string])[];
  }[];
  /** Its metadata, sorted. */
  readonly metadata: readonly (readonly [string, string])[];
}

/** Fields by name, type and metadata, in the order of the schema. */
export function schemaText(schema: Schema): SchemaText {
  return {
    fields: schema.fields.map((field) => ({
      name: field.name,
      type: typeText(field.type),
      nullable: field.nullable,
      metadata: metadataText(field.metadata),
    })),
    metadata: metadataText(schema.metadata),
  };
}

function metadataText(metadata: Map<string, string>): [string, string][] {
  return [...metadata].sort(([a], [b]) => a < b ? -1 : 1);
}

/** The values, column by column. */
export function batchText(batch: RecordBatch): Json[][] {
  return batch.schema.fields.map((_, index) =>
    vectorText(batch.getChildAt(index)!)
  );
}

function vectorText(vector: Vector): Json[] {
  return Array.from(
    { length: vector.length },
    (_, index) => valueText(vector, index),
  );
}

/** The value in one row, read as a program would read it where it can. */
function valueText(vector: Vector, index: number): Json {
  const { type } = vector;
  if (DataType.isNull(type)) return null;
  if (DataType.isUnion(type)) return unionText(vector, index);
  if (!vector.isValid(index)) return null;
  if (DataType.isDictionary(type)) {
    const { data, row } = locate(vector, index);
    return valueText(data.dictionary!, Number(data.values[row]));
  }
  if (DataType.isBool(type)) return vector.get(index);
  if (DataType.isInt(type)) {
    const value = vector.get(index);
    return typeof value === "bigint" ? String(value) : value;
  }
  if (DataType.isFloat(type)) return floatText(vector.get(index));
  if (DataType.isDecimal(type)) return decimalText(vector.get(index));
  if (
    DataType.isDate(type) || DataType.isTime(type) ||
    DataType.isTimestamp(type) || DataType.isDuration(type)
  ) {
    // get() gives milliseconds as a number, which is not exact.
    const { data, row } = locate(vector, index);
    return String(data.values[row]);
  }
  if (DataType.isInterval(type)) return intervalText(vector, index);
  if (
    DataType.isUtf8(type) || DataType.isLargeUtf8(type) ||
    DataType.isUtf8View(type)
  ) return vector.get(index);
  if (
    DataType.isBinary(type) || DataType.isLargeBinary(type) ||
    DataType.isBinaryView(type) || DataType.isFixedSizeBinary(type)
  ) return (vector.get(index) as Uint8Array).toHex();
  if (
    DataType.isList(type) || DataType.isLargeList(type) ||
    DataType.isFixedSizeList(type)
  ) return vectorText(vector.get(index));
  if (DataType.isMap(type)) return mapText(vector, index);
  if (DataType.isStruct(type)) {
    return type.children.map((child: Field, position: number) => [
      child.name,
      valueText(vector.getChildAt(position)!, index),
    ]);
  }
  throw new TypeError(`no text for ${type}`);
}

/** Finds the memory of a row. */
function locate(vector: Vector, index: number): { data: Data; row: number } {
  let row = index;
  for (const data of vector.data) {
    if (row < data.length) return { data, row };
    row -= data.length;
  }
  throw new RangeError(`no row ${index}`);
}

function unionText(vector: Vector, index: number): Json {
  const { data, row } = locate(vector, index);
  const type = data.type as DataType<Type.Union> & {
    typeIdToChildIndex: Record<number, number>;
    mode: UnionMode;
  };
  const child = type.typeIdToChildIndex[data.typeIds[row]!]!;
  return valueText(
    new Vector([data.children[child]!]),
    type.mode === UnionMode.Dense ? data.valueOffsets[row]! : row,
  );
}

function mapText(vector: Vector, index: number): Json {
  const { data, row } = locate(vector, index);
  const entries = new Vector([data.children[0]!]);
  const [keys, values] = [entries.getChildAt(0)!, entries.getChildAt(1)!];
  const result: Json[] = [];
  for (
    let entry = Number(data.valueOffsets[row]);
    entry < Number(data.valueOffsets[row + 1]);
    entry++
  ) result.push([valueText(keys, entry), valueText(values, entry)]);
  return result;
}

/** Months; days and milliseconds; or months, days and nanoseconds. */
function intervalText(vector: Vector, index: number): Json {
  const { data, row } = locate(vector, index);
  const { unit } = data.type as Interval;
  const width = [4, 8, 16][unit]!;
  const view = new DataView(
    data.values.buffer,
    data.values.byteOffset + row * width,
  );
  const first = view.getInt32(0, true);
  if (unit === IntervalUnit.YEAR_MONTH) return [first];
  const second = view.getInt32(4, true);
  if (unit === IntervalUnit.DAY_TIME) return [first, second];
  return [first, second, String(view.getBigInt64(8, true))];
}

function floatText(value: number): Json {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

/** The unscaled integer of a decimal, of 32-bit words, the lowest first. */
function decimalText(words: ArrayLike<number> | number): string {
  if (typeof words === "number") return String(words | 0);
  let value = 0n;
  for (let word = words.length - 1; word >= 0; word--) {
    value = value << 32n | BigInt(words[word]! >>> 0);
  }
  return String(BigInt.asIntN(32 * words.length, value));
}

const UNITS: Readonly<Record<TimeUnit, string>> = {
  [TimeUnit.SECOND]: "s",
  [TimeUnit.MILLISECOND]: "ms",
  [TimeUnit.MICROSECOND]: "us",
  [TimeUnit.NANOSECOND]: "ns",
};
const FLOATS = ["halffloat", "float", "double"];
const INTERVALS = [
  "month_interval",
  "day_time_interval",
  "month_day_nano_interval",
];

/** A type as pyarrow prints it. */
export function typeText(
  type: DataType,
  encoding: ColumnEncoding | undefined = encodingOf(type),
): string {
  return encoding?.kind === "run ends"
    ? `run_end_encoded<run_ends: int${encoding.runEndBits}, values: ${
      plainText(type, encoding.values)
    }>`
    : plainText(type, encoding);
}

/** A type without runs, or the values of runs. */
function plainText(
  type: DataType,
  encoding: ColumnEncoding | undefined,
): string {
  if (encoding?.kind === "run ends") return typeText(type, encoding);
  const view = encoding === undefined ? "" : "_view";
  if (DataType.isNull(type)) return "null";
  if (DataType.isBool(type)) return "bool";
  if (DataType.isInt(type)) {
    return `${type.isSigned ? "" : "u"}int${type.bitWidth}`;
  }
  if (DataType.isFloat(type)) return FLOATS[type.precision]!;
  if (DataType.isDecimal(type)) {
    return `decimal${type.bitWidth}(${type.precision}, ${type.scale})`;
  }
  if (DataType.isDate(type)) return ["date32[day]", "date64[ms]"][type.unit]!;
  if (DataType.isTime(type)) return `time${type.bitWidth}[${UNITS[type.unit]}]`;
  if (DataType.isTimestamp(type)) {
    const zone = type.timezone ? `, tz=${type.timezone}` : "";
    return `timestamp[${UNITS[type.unit]}${zone}]`;
  }
  if (DataType.isDuration(type)) return `duration[${UNITS[type.unit]}]`;
  if (DataType.isInterval(type)) return INTERVALS[type.unit]!;
  if (DataType.isUtf8(type)) return "string";
  if (DataType.isLargeUtf8(type)) return "large_string";
  if (DataType.isUtf8View(type)) return "string_view";
  if (DataType.isBinary(type)) return "binary";
  if (DataType.isLargeBinary(type)) return "large_binary";
  if (DataType.isBinaryView(type)) return "binary_view";
  if (DataType.isFixedSizeBinary(type)) {
    return `fixed_size_binary[${type.byteWidth}]`;
  }
  if (DataType.isDictionary(type)) {
    return `dictionary<values=${typeText(type.dictionary)}, indices=${
      typeText(type.indices)
    }, ordered=${Number(type.isOrdered)}>`;
  }
  const children = (type.children ?? []).map((child: Field) =>
    `${child.name}: ${typeText(child.type)}${child.nullable ? "" : " not null"}`
  );
  if (DataType.isList(type)) return `list${view}<${children}>`;
  if (DataType.isLargeList(type)) return `large_list${view}<${children}>`;
  if (DataType.isFixedSizeList(type)) {
    return `fixed_size_list<${children}>[${type.listSize}]`;
  }
  if (DataType.isMap(type)) {
    const [key, value] = type.children[0]!.type.children;
    const sorted = type.keysSorted ? ", keys_sorted" : "";
    return `map<${typeText(key!.type)}, ${typeText(value!.type)}${sorted}>`;
  }
  if (DataType.isUnion(type)) {
    const mode = type.mode === UnionMode.Dense ? "dense" : "sparse";
    return `${mode}_union<${
      children.map((child, index) => `${child}=${type.typeIds[index]}`)
        .join(", ")
    }>`;
  }
  if (DataType.isStruct(type)) return `struct<${children.join(", ")}>`;
  throw new TypeError(`no text for ${type} (${Type[type.typeId]})`);
}
