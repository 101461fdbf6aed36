/** Flatbuffer Schema → Schema of apache-arrow. */

import {
  Binary,
  BinaryView,
  Bool,
  type DataType,
  Date_,
  Decimal,
  Dictionary,
  Duration,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float,
  Int,
  Interval,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Null,
  Schema,
  Struct,
  Time,
  Timestamp,
  Union,
  Utf8,
  Utf8View,
} from "apache-arrow";
import { TYPE_ID, typeName } from "../../arrow/arrow_format.ts";
import { cannotDecodeYet } from "../../arrow/codec_error.ts";
import {
  listView,
  sameEncodings,
  setEncoding,
  wireEncodingOf,
} from "../../arrow/encodings/encoding.ts";
import type { FlatbufferReader } from "./flatbuffer_reader.ts";
import { mapType } from "../../arrow/types/map_type.ts";
import { readMetadata } from "../metadata.ts";
import { anyType, sameType } from "../../arrow/types/same_type.ts";
import { typeText } from "../../arrow/types/type_text.ts";

// table Schema {
//   0 endianness: int16; 1 fields: [Field]; 2 custom_metadata: [KeyValue]; 3 features: [int64];
// }
// table Field {
//   0 name: string; 1 nullable: bool; 2 type_type: uint8; 3 type: union;
//   4 dictionary: DictionaryEncoding; 5 children: [Field]; 6 custom_metadata: [KeyValue];
// }
// table DictionaryEncoding {
//   0 id: int64; 1 indexType: Int; 2 isOrdered: bool; 3 dictionaryKind: int16;
// }

/** Deepest nesting of fields, as in C++. */
const MAX_DEPTH = 64;

/** Most fields of a schema, including nested ones. */
const MAX_FIELDS = 2 ** 20;

/**
 * Reads a schema.
 *
 * @param reader Reads the message that carries it.
 * @param table The position of flatbuffer Schema.
 * @param version The metadata version of the message.
 * @throws {FlightError} When it is malformed, or has a type that apache-arrow does not know.
 */
export function readSchema(
  reader: FlatbufferReader,
  table: number,
  version: number,
): Schema {
  reader.what = "Schema";
  if (reader.int16In(table, 0) !== 0) {
    throw cannotDecodeYet("Schema", "big-endian data is not supported");
  }
  return new SchemaReader(reader).schema(table, version);
}

class SchemaReader {
  readonly #reader: FlatbufferReader;
  /** Types of the values of dictionaries, by id. */
  readonly #dictionaries = new Map<number, DataType>();
  /** Ids of the dictionaries that are being read. */
  readonly #open = new Set<number>();
  readonly #path: string[] = [];
  #fieldCount = 0;

  constructor(reader: FlatbufferReader) {
    this.#reader = reader;
  }

  schema(table: number, version: number): Schema {
    return new Schema(
      this.#fields(this.#reader.vectorIn(table, 1, 4)),
      readMetadata(this.#reader, table, 2),
      this.#dictionaries,
      version,
    );
  }

  #fail(problem: string): never {
    this.#reader.fail(`field "${this.#path.join(".")}" ${problem}`);
  }

  #fields(first: number): Field[] {
    const fields: Field[] = [];
    for (let i = 0; i < this.#reader.length(first); i++) {
      fields.push(this.#field(this.#reader.table(first + 4 * i)));
    }
    return fields;
  }

  #field(table: number): Field {
    const reader = this.#reader;
    if (++this.#fieldCount > MAX_FIELDS) {
      reader.fail(`it has more than ${MAX_FIELDS} fields`);
    }
    // Optional in the format; several writers leave it out when it is empty.
    const name = reader.stringIn(table, 0) ?? "";
    this.#path.push(name);
    if (this.#path.length > MAX_DEPTH) {
      reader.fail(`its fields are nested more than ${MAX_DEPTH} deep`);
    }
    const encoding = reader.tableIn(table, 4);
    const type = encoding === 0
      ? this.#type(table)
      : this.#dictionary(table, encoding);
    const field = new Field(
      name,
      type,
      reader.boolIn(table, 1) || hasNullableRuns(type),
      readMetadata(reader, table, 6),
    );
    this.#path.pop();
    return field;
  }

  #dictionary(table: number, encoding: number): DataType {
    const reader = this.#reader;
    const id = reader.int64In(encoding, 0);
    if (this.#open.has(id)) this.#fail(`uses dictionary ${id} inside itself`);
    const indexType = reader.tableIn(encoding, 1);
    const indices = indexType === 0 ? new Int(true, 32) : this.#int(indexType);
    this.#open.add(id);
    let value = this.#type(table);
    this.#open.delete(id);
    const known = this.#dictionaries.get(id);
    if (known === undefined) {
      this.#dictionaries.set(id, value);
    } else if (sameType(known, value) && sameEncodings(known, value)) {
      // apache-arrow requires the very same object.
      value = known;
    } else {
      this.#fail(
        `uses dictionary ${id} with values ${value}, which has values ${known} elsewhere`,
      );
    }
    const isOrdered = reader.boolIn(encoding, 2);
    return new Dictionary(
      value,
      indices as Dictionary["indices"],
      id,
      isOrdered,
    );
  }

  #int(table: number): Int {
    const bitWidth = this.#reader.int32In(table, 0);
    if (![8, 16, 32, 64].includes(bitWidth)) {
      this.#fail(`is an Int of ${bitWidth} bits`);
    }
    return new Int(
      this.#reader.boolIn(table, 1),
      bitWidth as Int["bitWidth"],
    );
  }

  #type(field: number): DataType {
    const reader = this.#reader;
    const typeId = reader.uint8In(field, 2);
    const table = reader.tableIn(field, 3);
    const childVector = reader.vectorIn(field, 5, 4);
    if (table === 0) this.#fail(`has no type (${typeName(typeId)})`);
    const childCount = reader.length(childVector);
    const wanted = CHILD_COUNTS[typeId];
    if (wanted !== undefined && childCount !== wanted) {
      this.#fail(
        `of type ${typeName(typeId)} has ${childCount} children, not ${wanted}`,
      );
    }
    switch (typeId) {
      case TYPE_ID.null:
        return new Null();
      case TYPE_ID.int:
        return this.#int(table);
      case TYPE_ID.float:
        return new Float(this.#enum(table, 0, 3, 0, "precision"));
      case TYPE_ID.binary:
        return new Binary();
      case TYPE_ID.utf8:
        return new Utf8();
      case TYPE_ID.bool:
        return new Bool();
      case TYPE_ID.decimal:
        return this.#decimal(table);
      case TYPE_ID.date:
        return new Date_(this.#enum(table, 0, 2, 1, "unit"));
      case TYPE_ID.time:
        return this.#time(table);
      case TYPE_ID.timestamp:
        return new Timestamp(
          this.#enum(table, 0, 4, 0, "unit"),
          reader.stringIn(table, 1) ?? null,
        );
      case TYPE_ID.interval:
        return new Interval(this.#enum(table, 0, 3, 0, "unit"));
      case TYPE_ID.duration:
        return new Duration(this.#enum(table, 0, 4, 1, "unit"));
      case TYPE_ID.fixedSizeBinary:
        return new FixedSizeBinary(this.#size(table, "width"));
      case TYPE_ID.largeBinary:
        return new LargeBinary();
      case TYPE_ID.largeUtf8:
        return new LargeUtf8();
      case TYPE_ID.binaryView:
        return new BinaryView();
      case TYPE_ID.utf8View:
        return new Utf8View();
      case TYPE_ID.list:
        return new List(this.#fields(childVector)[0]!);
      case TYPE_ID.largeList:
        return new LargeList(this.#fields(childVector)[0]!);
      case TYPE_ID.fixedSizeList:
        return new FixedSizeList(
          this.#size(table, "list size"),
          this.#fields(childVector)[0]!,
        );
      case TYPE_ID.listView:
        return listView(new List(this.#fields(childVector)[0]!));
      case TYPE_ID.largeListView:
        return listView(new LargeList(this.#fields(childVector)[0]!));
      case TYPE_ID.runEndEncoded:
        return this.#runEndEncoded(field, this.#fields(childVector));
      case TYPE_ID.struct:
        return new Struct(this.#fields(childVector));
      case TYPE_ID.map:
        return this.#map(table, this.#fields(childVector)[0]!);
      case TYPE_ID.union:
        return this.#union(table, this.#fields(childVector));
      default:
        throw cannotDecodeYet(
          "Schema",
          `field "${this.#path.join(".")}" is of type ${
            typeName(typeId)
          }, which apache-arrow does not support`,
        );
    }
  }

  /** Returns the type of the values, which knows the names of both fields. */
  #runEndEncoded(field: number, children: readonly Field[]): DataType {
    const [runEnds, values] = children as [Field, Field];
    const { typeId, bitWidth, isSigned } = anyType(runEnds.type);
    if (typeId !== TYPE_ID.int || !isSigned || bitWidth < 16) {
      this.#fail(
        `is run-end encoded with ends of type ${
          typeText(runEnds.type)
        }, not Int16, Int32 or Int64`,
      );
    }
    const { type, name, nullable, metadata } = values;
    setEncoding(type, {
      kind: "run ends",
      nullable: this.#reader.boolIn(field, 1),
      runEnds: runEnds as Field<Int>,
      values: { name, nullable, metadata },
      inner: wireEncodingOf(type),
    });
    return type;
  }

  /** Reads the number of an enum, which must be less than `count`. */
  #enum(
    table: number,
    slot: number,
    count: number,
    otherwise: number,
    what: string,
  ): number {
    const value = this.#reader.int16In(table, slot, otherwise);
    if (value < 0 || value >= count) this.#fail(`has the ${what} ${value}`);
    return value;
  }

  #size(table: number, what: string): number {
    const size = this.#reader.int32In(table, 0);
    if (size < 0) this.#fail(`has the ${what} ${size}`);
    return size;
  }

  #decimal(table: number): DataType {
    const precision = this.#reader.int32In(table, 0);
    const scale = this.#reader.int32In(table, 1);
    const bitWidth = this.#reader.int32In(table, 2, 128);
    if (![32, 64, 128, 256].includes(bitWidth)) {
      this.#fail(`is a Decimal of ${bitWidth} bits`);
    }
    return new Decimal(scale, precision, bitWidth);
  }

  #time(table: number): DataType {
    const unit = this.#enum(table, 0, 4, 1, "unit");
    const bitWidth = this.#reader.int32In(table, 1, 32);
    // SECOND and MILLISECOND take 32 bits, MICROSECOND and NANOSECOND 64.
    if (bitWidth !== (unit < 2 ? 32 : 64)) {
      this.#fail(`is a Time of unit ${unit} in ${bitWidth} bits`);
    }
    return new Time(unit, bitWidth as Time["bitWidth"]);
  }

  #map(table: number, entries: Field): DataType {
    const { typeId, children } = anyType(entries.type);
    if (typeId !== TYPE_ID.struct || children?.length !== 2) {
      this.#fail("is a Map whose child is not a struct of a key and a value");
    }
    return mapType(entries, this.#reader.boolIn(table, 0));
  }

  #union(table: number, children: Field[]): DataType {
    const reader = this.#reader;
    const mode = this.#enum(table, 0, 2, 0, "mode");
    const first = reader.vectorIn(table, 1, 4);
    const count = reader.length(first);
    if (first !== 0 && count !== children.length) {
      this.#fail(
        `is a Union of ${children.length} children, with ${count} ids`,
      );
    }
    // If absent, they are the numbers of the children.
    const typeIds = children.map((_, index) =>
      first === 0 ? index : reader.int32(first + 4 * index)
    );
    const bad = typeIds.find((id, index) =>
      id < 0 || id > 127 || typeIds.indexOf(id) !== index
    );
    if (bad !== undefined) this.#fail(`is a Union with the type id ${bad}`);
    return new Union(mode, typeIds, children);
  }
}

/** Reports whether rows can be null although the field itself cannot: the values of its runs can. */
function hasNullableRuns(type: DataType): boolean {
  const encoding = wireEncodingOf(type);
  return encoding?.kind === "run ends" && encoding.values.nullable;
}

/** Number of children of a type; types that are not listed may have any number. */
const CHILD_COUNTS: Readonly<Record<number, number>> = {
  [TYPE_ID.null]: 0,
  [TYPE_ID.int]: 0,
  [TYPE_ID.float]: 0,
  [TYPE_ID.binary]: 0,
  [TYPE_ID.utf8]: 0,
  [TYPE_ID.bool]: 0,
  [TYPE_ID.decimal]: 0,
  [TYPE_ID.date]: 0,
  [TYPE_ID.time]: 0,
  [TYPE_ID.timestamp]: 0,
  [TYPE_ID.interval]: 0,
  [TYPE_ID.duration]: 0,
  [TYPE_ID.fixedSizeBinary]: 0,
  [TYPE_ID.largeBinary]: 0,
  [TYPE_ID.largeUtf8]: 0,
  [TYPE_ID.binaryView]: 0,
  [TYPE_ID.utf8View]: 0,
  [TYPE_ID.list]: 1,
  [TYPE_ID.largeList]: 1,
  [TYPE_ID.fixedSizeList]: 1,
  [TYPE_ID.map]: 1,
  [TYPE_ID.listView]: 1,
  [TYPE_ID.largeListView]: 1,
  [TYPE_ID.runEndEncoded]: 2,
};
