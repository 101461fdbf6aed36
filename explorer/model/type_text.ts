/** Types of Arrow in a few words. */

import { DataType, type Field, type TimeUnit } from "apache-arrow";

const UNITS = ["s", "ms", "µs", "ns"] as const;
const INTERVALS = ["months", "days, ms", "months, days, ns"] as const;

/** A type as the catalog shows it: `int64`, `timestamp[ms, UTC]`, `list<utf8>`. */
export function typeText(type: DataType): string {
  if (DataType.isDictionary(type)) return `dict<${typeText(type.dictionary)}>`;
  if (DataType.isTimestamp(type)) {
    const zone = type.timezone ? `, ${type.timezone}` : "";
    return `timestamp[${unitText(type.unit)}${zone}]`;
  }
  if (DataType.isTime(type)) return `time[${unitText(type.unit)}]`;
  if (DataType.isDuration(type)) return `duration[${unitText(type.unit)}]`;
  if (DataType.isInterval(type)) {
    return `interval[${INTERVALS[type.unit] ?? "?"}]`;
  }
  if (DataType.isDate(type)) return type.unit === 0 ? "date" : "date[ms]";
  if (DataType.isDecimal(type)) {
    return `decimal(${type.precision}, ${type.scale})`;
  }
  if (DataType.isFixedSizeBinary(type)) return `binary[${type.byteWidth}]`;
  if (DataType.isFixedSizeList(type)) {
    return `list<${childrenText(type.children)}>[${type.listSize}]`;
  }
  if (DataType.isList(type)) return `list<${childrenText(type.children)}>`;
  if (DataType.isStruct(type)) return `struct<${fieldsText(type.children)}>`;
  if (DataType.isMap(type)) {
    const [entry] = type.children as Field[];
    return `map<${
      childrenText((entry?.type as DataType | undefined)?.children ?? [])
    }>`;
  }
  if (DataType.isUnion(type)) return `union<${fieldsText(type.children)}>`;
  return String(type).replace(/<.*$/, "").toLowerCase();
}

function unitText(unit: TimeUnit): string {
  return UNITS[unit] ?? "?";
}

function childrenText(fields: readonly Field[]): string {
  return fields.map(({ type }) => typeText(type)).join(", ");
}

function fieldsText(fields: readonly Field[]): string {
  return fields.map(({ name, type }) => `${name}: ${typeText(type)}`)
    .join(", ");
}

/** The kinds of columns that the grid and the charts tell apart. */
export type ColumnKind = "number" | "time" | "text" | "flag" | "other";

/** Tells the kind of a column. */
export function kindOf(type: DataType): ColumnKind {
  if (DataType.isDictionary(type)) return kindOf(type.dictionary);
  if (
    DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type)
  ) {
    return "number";
  }
  if (DataType.isTimestamp(type) || DataType.isDate(type)) return "time";
  if (DataType.isBool(type)) return "flag";
  if (/^(Large)?Utf8/.test(String(type))) return "text";
  return "other";
}
