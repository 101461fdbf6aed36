/** Storage of Arrow's values and columns in DuckDB. */

import type { Data, DataType } from "apache-arrow";
import { TYPE_ID, UNION_MODE } from "../../arrow/arrow_format.ts";
import { hasValue } from "../../arrow/bitmap.ts";
import { anyType } from "../../arrow/types/same_type.ts";
import { FlightError } from "../../core/flight_error.ts";
import { cellReader } from "../database/arrow_cells.ts";
import { quoteName } from "../database/sql_text.ts";
import type { DuckItems, DuckVector } from "./native.ts";

type Reader = (row: number) => unknown;

/** Most digits of a decimal of DuckDB. */
const MAX_DIGITS = 38;

/** Name of the type in SQL that holds values of an Arrow type. */
export function sqlType(type: DataType): string {
  const any = anyType(type);
  const child = () => sqlType(any.children![0]!.type);
  switch (any.typeId) {
    case TYPE_ID.bool:
      return "BOOLEAN";
    case TYPE_ID.int: {
      const name = {
        8: "TINYINT",
        16: "SMALLINT",
        32: "INTEGER",
        64: "BIGINT",
      }[any.bitWidth]!;
      return any.isSigned ? name : `U${name}`;
    }
    case TYPE_ID.float:
      return any.precision === 2 ? "DOUBLE" : "FLOAT";
    case TYPE_ID.binary:
    case TYPE_ID.largeBinary:
    case TYPE_ID.fixedSizeBinary:
    case TYPE_ID.binaryView:
      return "BLOB";
    case TYPE_ID.decimal:
      return isWideDecimal(any.precision, any.scale)
        ? "VARCHAR"
        : `DECIMAL(${any.precision}, ${any.scale})`;
    case TYPE_ID.date:
      return any.unit === 0 ? "DATE" : "TIMESTAMP_MS";
    case TYPE_ID.time:
      return any.unit === 3 ? "TIME_NS" : "TIME";
    case TYPE_ID.timestamp:
      return any.timezone ? "TIMESTAMPTZ" : [
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP",
        "TIMESTAMP_NS",
      ][any.unit]!;
    case TYPE_ID.duration:
      return "BIGINT";
    case TYPE_ID.interval:
      return "INTERVAL";
    case TYPE_ID.list:
    case TYPE_ID.largeList:
      return `${child()}[]`;
    case TYPE_ID.fixedSizeList:
      return `${child()}[${any.listSize}]`;
    case TYPE_ID.struct:
      return `STRUCT(${fieldsOf(type)})`;
    case TYPE_ID.union:
      return `UNION(${fieldsOf(type)})`;
    case TYPE_ID.map: {
      const [key, value] = any.children![0]!.type.children;
      return `MAP(${sqlType(key!.type)}, ${sqlType(value!.type)})`;
    }
    case TYPE_ID.dictionary:
      return sqlType(any.dictionary);
    default:
      return "VARCHAR";
  }
}

function fieldsOf(type: DataType): string {
  return type.children.map(({ name, type }) =>
    `${quoteName(name)} ${sqlType(type)}`
  ).join(", ");
}

function isWideDecimal(precision: number, scale: number): boolean {
  return precision > MAX_DIGITS || scale < 0 || scale > precision;
}

/** Writes `count` rows of a column, from `start` on, into a vector. */
type ColumnWriter = (
  vector: DuckVector,
  start: number,
  count: number,
) => void;

/** Makes the writer of a column. */
export function columnWriter(data: Data): ColumnWriter {
  const items = plainItems(data);
  const isUnion = data.type.typeId === TYPE_ID.union;
  const read = items === undefined ? valueReader(data) : undefined;
  return (vector, start, count) => {
    if (
      items !== undefined && vector.items?.constructor === items.constructor
    ) {
      vector.items.set(items.subarray(start, start + count) as never);
      for (let i = 0; data.nullCount > 0 && i < count; i++) {
        if (!hasValue(data, start + i)) vector.validity.setItemValid(i, false);
      }
    } else {
      const value = read ?? valueReader(data);
      for (let i = 0; i < count; i++) {
        const row = start + i;
        const valid = isUnion || hasValue(data, row);
        vector.setItem(i, valid ? value(row) : null);
      }
    }
    vector.flush();
  };
}

/** Values that the engine lays out as Arrow does. */
function plainItems(data: Data): DuckItems | undefined {
  const { typeId, precision, unit, timezone } = anyType(data.type);
  const isPlain = typeId === TYPE_ID.int || typeId === TYPE_ID.duration ||
    (typeId === TYPE_ID.float && precision > 0) ||
    typeId === TYPE_ID.date ||
    (typeId === TYPE_ID.time && unit >= 2) ||
    (typeId === TYPE_ID.timestamp && (!timezone || unit === 2));
  return isPlain ? data.values : undefined;
}

/** Values in the form that vectors take them. */
function valueReader(data: Data): Reader {
  const { values } = data;
  const type = anyType(data.type);
  switch (type.typeId) {
    case TYPE_ID.date:
      return type.unit === 0
        ? (row) => ({ days: values[row] })
        : (row) => ({ millis: values[row] });
    case TYPE_ID.time:
      return type.unit === 3
        ? (row) => ({ nanos: values[row] })
        : (row) => ({ micros: toMicros(BigInt(values[row]), type.unit) });
    case TYPE_ID.timestamp: {
      if (type.timezone) {
        return (row) => ({ micros: toMicros(values[row], type.unit) });
      }
      const name = ["seconds", "millis", "micros", "nanos"][type.unit]!;
      return (row) => ({ [name]: values[row] });
    }
    case TYPE_ID.decimal: {
      const read = cellReader(data);
      return isWideDecimal(type.precision, type.scale)
        ? read
        : (row) => ({ value: BigInt(String(read(row)).replace(".", "")) });
    }
    case TYPE_ID.binary:
    case TYPE_ID.largeBinary:
    case TYPE_ID.fixedSizeBinary:
    case TYPE_ID.binaryView: {
      const read = cellReader(data);
      return (row) => ({ bytes: read(row) });
    }
    case TYPE_ID.interval:
      return (row) => intervalAt(values, row, type.unit);
    case TYPE_ID.struct: {
      const fields = fieldReaders(data);
      return (row) => ({
        entries: Object.fromEntries(
          fields.map(([name, read]) => [name, read(row)]),
        ),
      });
    }
    case TYPE_ID.union:
      return unionReader(data);
    case TYPE_ID.list:
    case TYPE_ID.largeList:
    case TYPE_ID.fixedSizeList:
    case TYPE_ID.map:
      return listReader(data);
    case TYPE_ID.dictionary:
      return dictionaryReader(data);
    case TYPE_ID.int:
    case TYPE_ID.duration:
      return (row) => values[row];
    default:
      return cellReader(data);
  }
}

/** Makes the function that gives the values of a column by row, in the form of the package of DuckDB. */
export function storedValueReader(data: Data): Reader {
  const read = valueReader(data);
  if (data.type.typeId === TYPE_ID.union) return read;
  return (row) => hasValue(data, row) ? read(row) : null;
}

function fieldReaders(data: Data): [name: string, read: Reader][] {
  return data.type.children.map(({ name }, i) => [
    name,
    storedValueReader(data.children[i]!),
  ]);
}

function unionReader(data: Data): Reader {
  const type = anyType(data.type);
  const ids = [...type.typeIds];
  const fields = fieldReaders(data);
  return (row) => {
    const [tag, read] = fields[ids.indexOf(data.typeIds[row]!)]!;
    const at = type.mode === UNION_MODE.dense ? data.valueOffsets[row]! : row;
    return { tag, value: read(at) };
  };
}

function listReader(data: Data): Reader {
  const type = anyType(data.type);
  const child = data.children[0]!;
  const read = storedValueReader(child);
  const range = type.typeId === TYPE_ID.fixedSizeList
    ? (row: number) => [row * type.listSize, (row + 1) * type.listSize]
    : (row: number) => [
      Number(data.valueOffsets[row]),
      Number(data.valueOffsets[row + 1]),
    ];
  const items = (row: number) => {
    const [start, end] = range(row) as [number, number];
    return Array.from({ length: end - start }, (_, i) => read(start + i));
  };
  if (type.typeId !== TYPE_ID.map) return (row) => ({ items: items(row) });
  const [key, value] = child.type.children.map(({ name }) => name);
  return (row) => ({
    entries: (items(row) as { entries: Record<string, unknown> }[]).map((
      { entries },
    ) => ({ key: entries[key!], value: entries[value!] })),
  });
}

function dictionaryReader(data: Data): Reader {
  const chunks = data.dictionary!.data.map((chunk) => ({
    length: chunk.length,
    read: storedValueReader(chunk),
  }));
  return (row) => {
    let index = Number(data.values[row]);
    for (const { length, read } of chunks) {
      if (index < length) return read(index);
      index -= length;
    }
    return null;
  };
}

/** Most that 64 bits hold, which is "infinity" for the engine, as is its negative. */
export const INFINITY = 2n ** 63n - 1n;

/**
 * Microseconds of a time in another unit.
 *
 * @param unit Number of the unit: seconds, milliseconds, microseconds, nanoseconds.
 * @throws {FlightError} OUT_OF_RANGE where it is no whole number of microseconds, or one beyond 64 bits.
 */
export function toMicros(value: bigint, unit: number): bigint {
  if (unit === 2 || value === INFINITY || value === -INFINITY) return value;
  if (unit < 2) {
    const micros = value * (unit === 0 ? 1_000_000n : 1000n);
    if (BigInt.asIntN(64, micros) === micros) return micros;
    throw new FlightError(
      "OUT_OF_RANGE",
      `Cannot store the time ${value}: DuckDB has 64 bits for its microseconds`,
    );
  }
  return wholeMicros(value);
}

function wholeMicros(value: bigint): bigint {
  if (value % 1000n === 0n) return value / 1000n;
  throw new FlightError(
    "OUT_OF_RANGE",
    `Cannot store the time ${value}: DuckDB has microseconds in times with a time zone`,
  );
}

function intervalAt(values: Int32Array, row: number, unit: number): unknown {
  if (unit === 0) return { months: values[row], days: 0, micros: 0n };
  if (unit === 1) {
    const micros = BigInt(values[2 * row + 1]!) * 1000n;
    return { months: 0, days: values[2 * row], micros };
  }
  const at = 4 * row;
  const nanos = (BigInt(values[at + 3]!) << 32n) |
    BigInt(values[at + 2]! >>> 0);
  return {
    months: values[at],
    days: values[at + 1],
    micros: wholeMicros(nanos),
  };
}
