/**
 * Data of apache-arrow → a column of the integration JSON. The value under a
 * null is written as it is.
 *
 * @module
 */
import { type Data, DataType, IntervalUnit, Vector } from "apache-arrow";
import { runsOf } from "../../../mod.ts";
import {
  type WireEncoding,
  wireEncodingOf,
} from "../../../internal/arrow/encodings/encoding.ts";
import {
  type JsonColumn,
  jsonInteger,
  type JsonValue,
  type JsonView,
} from "./json_document.ts";

const INLINE_BYTES = 12;
const VIEW_BYTES = 16;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes a column; of a dictionary its indices.
 *
 * @param encoding The encoding; null for the usual one.
 */
export function writeColumn(
  name: string,
  data: Data,
  encoding: WireEncoding | null = wireEncodingOf(data.type) ?? null,
): JsonColumn {
  const { type, length } = data;
  if (encoding?.kind === "run ends") {
    const [runs] = runsOf(new Vector([data]));
    const { values, ends } = runs!;
    const { runEnds, inner } = encoding;
    return {
      name,
      count: length,
      children: [
        {
          name: runEnds.name,
          count: ends.length,
          VALIDITY: Array(ends.length).fill(1),
          DATA: Array.from(
            ends,
            (end) => runEnds.type.bitWidth === 64 ? String(end) : end,
          ),
        },
        writeColumn(encoding.values.name, values.data[0]!, inner ?? null),
      ],
    };
  }
  const column = { name, count: length };
  if (DataType.isNull(type)) return column;
  const children = () => ({
    children: type.children.map(({ name }, index) =>
      writeColumn(name, data.children[index]!)
    ),
  });
  if (DataType.isUnion(type)) {
    return {
      ...column,
      TYPE_ID: rows(data, (row) => data.typeIds[row]!),
      ...(DataType.isDenseUnion(type) ? offsetsOf(data, length) : {}),
      ...children(),
    };
  }
  const valid = {
    ...column,
    VALIDITY: rows(data, (row) => +data.getValid(row)),
  };
  if (DataType.isStruct(type) || DataType.isFixedSizeList(type)) {
    return { ...valid, ...children() };
  }
  if (encoding?.kind === "list view") {
    const offsets = [...data.valueOffsets] as (number | bigint)[];
    const textOf = (number: number | bigint) =>
      typeof number === "bigint" ? String(number) : number;
    return {
      ...valid,
      OFFSET: rows(data, (row) => textOf(offsets[row]!)),
      SIZE: rows(
        data,
        (row) =>
          textOf((offsets[row + 1] as number) - (offsets[row] as number)),
      ),
      ...children(),
    };
  }
  if (
    DataType.isList(type) || DataType.isLargeList(type) || DataType.isMap(type)
  ) return { ...valid, ...offsetsOf(data, length + 1), ...children() };
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) {
    return {
      ...valid,
      VIEWS: rows(data, (row) => viewAt(data, row)),
      VARIADIC_DATA_BUFFERS: data.variadicBuffers.map(hexOf),
    };
  }
  if (data.valueOffsets) {
    const write = writerOf(type);
    const { valueOffsets, values } = data;
    return {
      ...valid,
      ...offsetsOf(data, length + 1, valueOffsets[0]),
      DATA: rows(data, (row) =>
        write(values.subarray(
          Number(valueOffsets[row]),
          Number(valueOffsets[row + 1]),
        ))),
    };
  }
  return { ...valid, DATA: rows(data, (row) => valueAt(data, row)) };
}

function rows<T>({ length }: Data, valueOf: (row: number) => T): T[] {
  return Array.from({ length }, (_, row) => valueOf(row));
}

/**
 * Offsets; there may be more in memory than are needed.
 *
 * @param count How many there are.
 * @param from What is subtracted: the bytes before a slice are not written.
 */
function offsetsOf(
  { valueOffsets }: Data,
  count: number,
  from: number | bigint = 0,
): Pick<JsonColumn, "OFFSET"> {
  const offsets: ArrayLike<number | bigint> = valueOffsets.subarray(0, count);
  const start = BigInt(from);
  return {
    OFFSET: Array.from(offsets, (offset) => {
      return typeof offset === "bigint"
        ? String(offset - start)
        : offset - Number(start);
    }),
  };
}

/** Returns a function that converts bytes of binary or text to a value. */
function writerOf(type: DataType): (bytes: Uint8Array) => string {
  const isText = DataType.isUtf8(type) || DataType.isLargeUtf8(type) ||
    DataType.isUtf8View(type);
  return isText ? (bytes) => decoder.decode(bytes) : hexOf;
}

function hexOf(bytes: Uint8Array): string {
  return bytes.toHex().toUpperCase();
}

function viewAt({ type, values }: Data, row: number): JsonView {
  const { buffer, byteOffset } = values;
  const start = byteOffset + VIEW_BYTES * row;
  const memory = new DataView(buffer, start, VIEW_BYTES);
  const SIZE = memory.getInt32(0, true);
  if (SIZE <= INLINE_BYTES) {
    const bytes = new Uint8Array(buffer, start + 4, SIZE);
    return { SIZE, INLINED: writerOf(type)(bytes) };
  }
  return {
    SIZE,
    PREFIX_HEX: hexOf(new Uint8Array(buffer, start + 4, 4)),
    BUFFER_INDEX: memory.getInt32(8, true),
    OFFSET: memory.getInt32(12, true),
  };
}

/** A value of a fixed width. */
function valueAt(data: Data, row: number): JsonValue {
  const { type, values } = data;
  if (DataType.isBool(type)) {
    const bit = data.offset + row;
    return (values[bit >> 3] >> (bit & 7) & 1) === 1;
  }
  const width = values.BYTES_PER_ELEMENT * data.stride;
  const start = values.byteOffset + width * row;
  if (DataType.isFixedSizeBinary(type)) {
    return hexOf(new Uint8Array(values.buffer, start, width));
  }
  const memory = new DataView(values.buffer, start, width);
  if (DataType.isDecimal(type)) return decimalOf(memory);
  if (DataType.isInterval(type)) return intervalOf(type.unit, memory);
  if (DataType.isFloat(type) && type.precision === 0) {
    return memory.getFloat16(0, true);
  }
  const value: number | bigint = values[row];
  return typeof value === "bigint" ? String(value) : value;
}

/** The unscaled number. */
function decimalOf(memory: DataView): string {
  let value = 0n;
  for (let word = memory.byteLength - 4; word >= 0; word -= 4) {
    value = value << 32n | BigInt(memory.getUint32(word, true));
  }
  return String(BigInt.asIntN(8 * memory.byteLength, value));
}

function intervalOf(unit: IntervalUnit, memory: DataView): JsonValue {
  const first = memory.getInt32(0, true);
  switch (unit) {
    case IntervalUnit.YEAR_MONTH:
      return first;
    case IntervalUnit.DAY_TIME:
      return { days: first, milliseconds: memory.getInt32(4, true) };
    default:
      return {
        months: first,
        days: memory.getInt32(4, true),
        nanoseconds: jsonInteger(memory.getBigInt64(8, true)),
      };
  }
}
