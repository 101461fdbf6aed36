/**
 * A type of the integration JSON → one of apache-arrow.
 *
 * @module
 */
import {
  Binary,
  BinaryView,
  Bool,
  type DataType,
  Date_,
  DateUnit,
  Decimal,
  Duration,
  type Field,
  FixedSizeBinary,
  FixedSizeList,
  Float,
  Int,
  Interval,
  IntervalUnit,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Map_,
  Null,
  Precision,
  Struct,
  Time,
  Timestamp,
  TimeUnit,
  Union,
  UnionMode,
  Utf8,
  Utf8View,
} from "apache-arrow";
import { listView } from "../../../mod.ts";
import {
  setEncoding,
  wireEncodingOf,
} from "../../../internal/arrow/encodings/encoding.ts";
import type { JsonType } from "./json_document.ts";

/**
 * Reads a type.
 *
 * @param type The type.
 * @param children The fields inside it.
 */
export function readType(type: JsonType, children: readonly Field[]): DataType {
  switch (type.name) {
    case "null":
      return new Null();
    case "bool":
      return new Bool();
    case "int":
      return new Int(type.isSigned, type.bitWidth);
    case "floatingpoint":
      return new Float(Precision[type.precision]);
    case "decimal":
      return new Decimal(type.scale, type.precision, type.bitWidth ?? 128);
    case "date":
      return new Date_(DateUnit[type.unit]);
    case "time":
      return new Time(TimeUnit[type.unit], type.bitWidth);
    case "timestamp":
      return new Timestamp(TimeUnit[type.unit], type.timezone ?? null);
    case "duration":
      return new Duration(TimeUnit[type.unit]);
    case "interval":
      return new Interval(IntervalUnit[type.unit]);
    case "binary":
      return new Binary();
    case "largebinary":
      return new LargeBinary();
    case "binaryview":
      return new BinaryView();
    case "utf8":
      return new Utf8();
    case "largeutf8":
      return new LargeUtf8();
    case "utf8view":
      return new Utf8View();
    case "fixedsizebinary":
      return new FixedSizeBinary(type.byteWidth);
    case "list":
      return new List(children[0]!);
    case "largelist":
      return new LargeList(children[0]!);
    case "listview":
      return listView(new List(children[0]!));
    case "largelistview":
      return listView(new LargeList(children[0]!));
    case "runendencoded":
      return runEndEncoded(children[0]!, children[1]!);
    case "fixedsizelist":
      return new FixedSizeList(type.listSize, children[0]!);
    case "struct":
      return new Struct([...children]);
    case "map":
      return mapOf(children[0]!, type.keysSorted);
    case "union":
      return new Union(
        UnionMode[type.mode === "DENSE" ? "Dense" : "Sparse"],
        [...type.typeIds],
        [...children],
      );
  }
}

/** The type of the values, which remembers both fields. */
function runEndEncoded(runEnds: Field, values: Field): DataType {
  const { type, name, nullable, metadata } = values;
  setEncoding(type, {
    kind: "run ends",
    nullable: true,
    runEnds,
    values: { name, nullable, metadata },
    inner: wireEncodingOf(type),
  });
  return type;
}

/** A map whose fields keep their names: the constructor gives them others. */
function mapOf(entries: Field, keysSorted: boolean): DataType {
  const fields: Field[] = [entries, ...entries.type.children];
  const names = fields.map(({ name }) => ({ name }));
  const map = new Map_(entries as never, keysSorted);
  for (const [index, field] of fields.entries()) {
    Object.assign(field, names[index]);
  }
  return map;
}
