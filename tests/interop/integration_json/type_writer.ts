/**
 * A type of apache-arrow → one of the integration JSON.
 *
 * @module
 */
import {
  DataType,
  DateUnit,
  IntervalUnit,
  Precision,
  TimeUnit,
  UnionMode,
} from "apache-arrow";
import type { JsonTimeUnit, JsonType } from "./json_document.ts";

/**
 * Writes a type, without its children; of a dictionary that of its values.
 *
 * @throws {TypeError} When the format does not have it.
 */
export function writeType(type: DataType): JsonType {
  if (DataType.isDictionary(type)) return writeType(type.dictionary);
  if (DataType.isNull(type)) return { name: "null" };
  if (DataType.isBool(type)) return { name: "bool" };
  if (DataType.isInt(type)) {
    return { name: "int", isSigned: type.isSigned, bitWidth: type.bitWidth };
  }
  if (DataType.isFloat(type)) {
    return {
      name: "floatingpoint",
      precision: nameOf<"HALF" | "SINGLE" | "DOUBLE">(
        Precision,
        type.precision,
      ),
    };
  }
  if (DataType.isDecimal(type)) {
    const { precision, scale, bitWidth } = type;
    return { name: "decimal", precision, scale, bitWidth };
  }
  if (DataType.isDate(type)) {
    return {
      name: "date",
      unit: nameOf<"DAY" | "MILLISECOND">(DateUnit, type.unit),
    };
  }
  if (DataType.isTime(type)) {
    const { unit, bitWidth } = type;
    return { name: "time", unit: unitOf(unit), bitWidth };
  }
  if (DataType.isTimestamp(type)) {
    const { unit, timezone } = type;
    return {
      name: "timestamp",
      unit: unitOf(unit),
      ...(timezone ? { timezone } : {}),
    };
  }
  if (DataType.isDuration(type)) {
    return { name: "duration", unit: unitOf(type.unit) };
  }
  if (DataType.isInterval(type)) {
    return {
      name: "interval",
      unit: nameOf<"YEAR_MONTH" | "DAY_TIME" | "MONTH_DAY_NANO">(
        IntervalUnit,
        type.unit,
      ),
    };
  }
  if (DataType.isBinary(type)) return { name: "binary" };
  if (DataType.isLargeBinary(type)) return { name: "largebinary" };
  if (DataType.isBinaryView(type)) return { name: "binaryview" };
  if (DataType.isUtf8(type)) return { name: "utf8" };
  if (DataType.isLargeUtf8(type)) return { name: "largeutf8" };
  if (DataType.isUtf8View(type)) return { name: "utf8view" };
  if (DataType.isFixedSizeBinary(type)) {
    return { name: "fixedsizebinary", byteWidth: type.byteWidth };
  }
  if (DataType.isList(type)) return { name: "list" };
  if (DataType.isLargeList(type)) return { name: "largelist" };
  if (DataType.isFixedSizeList(type)) {
    return { name: "fixedsizelist", listSize: type.listSize };
  }
  if (DataType.isMap(type)) return { name: "map", keysSorted: type.keysSorted };
  if (DataType.isStruct(type)) return { name: "struct" };
  if (DataType.isUnion(type)) {
    return {
      name: "union",
      mode: type.mode === UnionMode.Dense ? "DENSE" : "SPARSE",
      typeIds: [...type.typeIds],
    };
  }
  throw new TypeError(`the integration JSON has no type ${type}`);
}

function unitOf(unit: TimeUnit): JsonTimeUnit {
  return nameOf<JsonTimeUnit>(TimeUnit, unit);
}

/** The name of a member of an enum, which is one of T. */
function nameOf<T extends string>(
  members: Readonly<Record<number, string>>,
  value: number,
): T {
  return members[value] as T;
}
