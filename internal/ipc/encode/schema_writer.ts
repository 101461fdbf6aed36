/** Schema → flatbuffer Message. */

import { type DataType, Field, type Schema } from "apache-arrow";
import { cannotEncode } from "../../arrow/encodings/cannot_encode.ts";
import {
  MESSAGE_HEADER,
  METADATA_VERSION,
  TYPE_ID,
  typeName,
} from "../../arrow/arrow_format.ts";
import {
  type WireEncoding,
  wireEncodingOf,
} from "../../arrow/encodings/encoding.ts";
import type { DictionaryIds } from "../../arrow/field_layout.ts";
import {
  FlatbufferWriter,
  type TableLayout,
  tableLayout,
} from "./flatbuffer_writer.ts";
import { writeMetadata } from "./metadata_writer.ts";
import { anyType } from "../../arrow/types/same_type.ts";

/** Message: version, header type, header, body length, custom metadata. */
export const MESSAGE: TableLayout = /* @__PURE__ */ tableLayout(2, 1, 4, 8, 4);

/** Schema: endianness, fields, custom metadata. */
const SCHEMA = /* @__PURE__ */ tableLayout(2, 4, 4);
/** Field: name, nullable, type id, type, dictionary, children, custom metadata. */
const FIELD = /* @__PURE__ */ tableLayout(4, 1, 1, 4, 4, 4, 4);
/** DictionaryEncoding: id, index type, ordered. */
const DICTIONARY_ENCODING = /* @__PURE__ */ tableLayout(8, 4, 1);
/** Types without parameters, and those with one of the given width. */
const EMPTY = /* @__PURE__ */ tableLayout();
const ONE_8 = /* @__PURE__ */ tableLayout(1);
const ONE_16 = /* @__PURE__ */ tableLayout(2);
const ONE_32 = /* @__PURE__ */ tableLayout(4);
/** Int: bit width, signed. */
const INT = /* @__PURE__ */ tableLayout(4, 1);
/** Decimal: precision, scale, bit width. */
const DECIMAL = /* @__PURE__ */ tableLayout(4, 4, 4);
/** Time: unit, bit width. Timestamp: unit, time zone. Union: mode, type ids. */
const UNIT_AND_32 = /* @__PURE__ */ tableLayout(2, 4);

/** Encoding of columns of runs. */
type RunEncoding = Extract<WireEncoding, { readonly kind: "run ends" }>;

/** Types of lists as list views. */
const VIEWS: Readonly<Record<number, number>> = {
  [TYPE_ID.list]: TYPE_ID.listView,
  [TYPE_ID.largeList]: TYPE_ID.largeListView,
};

/**
 * Writes the header of the message that carries `schema`.
 *
 * @param idOf The ids of dictionaries on the wire: their own by default.
 * @throws {FlightError} UNIMPLEMENTED for types that apache-arrow does not know.
 */
export function writeSchema(
  schema: Schema,
  idOf: DictionaryIds = (type) => anyType(type).id,
): Uint8Array {
  return new SchemaWriter(idOf).message(schema);
}

class SchemaWriter {
  readonly #writer = new FlatbufferWriter(1024);
  readonly #idOf: DictionaryIds;

  constructor(idOf: DictionaryIds) {
    this.#idOf = idOf;
  }

  message(schema: Schema): Uint8Array {
    const writer = this.#writer;
    const message = writer.table(MESSAGE, 1 << 4);
    writer.int16(message + MESSAGE.at[0]!, METADATA_VERSION.v5);
    writer.uint8(message + MESSAGE.at[1]!, MESSAGE_HEADER.schema);
    const hasMetadata = (schema.metadata?.size ?? 0) > 0;
    const table = writer.table(SCHEMA, hasMetadata ? 0 : 1 << 2);
    writer.refer(message + MESSAGE.at[2]!, table);
    this.#fields(table + SCHEMA.at[1]!, schema.fields, "");
    if (hasMetadata) {
      writeMetadata(writer, table + SCHEMA.at[2]!, schema.metadata);
    }
    return writer.finish(message);
  }

  #fields(position: number, fields: readonly Field[], path: string): void {
    const first = this.#writer.vector(fields.length, 4);
    this.#writer.refer(position, first - 4);
    for (const [index, field] of fields.entries()) {
      this.#writer.refer(first + 4 * index, this.#field(field, path));
    }
  }

  #field(
    field: Field,
    parent: string,
    encoding: WireEncoding | null | undefined = wireEncodingOf(field.type),
  ): number {
    const writer = this.#writer;
    const path = parent === "" ? field.name : `${parent}.${field.name}`;
    const hasMetadata = (field.metadata?.size ?? 0) > 0;
    // A dictionary may be the values of runs, and its own values may be runs.
    const encoded = encoding?.kind !== "run ends" &&
      field.type.typeId === TYPE_ID.dictionary;
    const type = encoded ? anyType(field.type).dictionary : field.type;
    const wire = encoded ? wireEncodingOf(type) : encoding;
    const runs = wire?.kind === "run ends" ? wire : undefined;
    const table = writer.table(
      FIELD,
      (encoded ? 0 : 1 << 4) | (hasMetadata ? 0 : 1 << 6),
    );
    // Even if it is empty: arrow-rs does not read a field without a name.
    writer.refer(table + FIELD.at[0]!, writer.string(String(field.name ?? "")));
    const isNullable = field.nullable &&
      (encoded || runs === undefined || runs.nullable);
    writer.uint8(table + FIELD.at[1]!, isNullable ? 1 : 0);
    const typeId = runs
      ? TYPE_ID.runEndEncoded
      : wire
      ? VIEWS[type.typeId]!
      : type.typeId;
    writer.uint8(table + FIELD.at[2]!, typeId);
    writer.refer(
      table + FIELD.at[3]!,
      runs ? writer.table(EMPTY) : this.#type(type, path),
    );
    if (encoded) {
      writer.refer(table + FIELD.at[4]!, this.#encoding(field.type, path));
    }
    const children = table + FIELD.at[5]!;
    if (runs) {
      // The values of a dictionary have no field of their own.
      const mayBeNull = encoded || field.nullable;
      this.#runFields(children, type, mayBeNull, path, runs);
    } else this.#fields(children, type.children ?? [], path);
    if (hasMetadata) {
      writeMetadata(writer, table + FIELD.at[6]!, field.metadata);
    }
    return table;
  }

  /** Writes the fields of the ends of runs, and of their values of the type `type`. */
  #runFields(
    position: number,
    type: DataType,
    isNullable: boolean,
    path: string,
    { runEnds, values, inner }: RunEncoding,
  ): void {
    const first = this.#writer.vector(2, 4);
    this.#writer.refer(position, first - 4);
    this.#writer.refer(first, this.#field(runEnds, path));
    const { name, nullable, metadata } = values;
    const field = new Field(name, type, isNullable && nullable, metadata);
    this.#writer.refer(first + 4, this.#field(field, path, inner ?? null));
  }

  #encoding(type: DataType, path: string): number {
    const writer = this.#writer;
    const { at } = DICTIONARY_ENCODING;
    const table = writer.table(DICTIONARY_ENCODING);
    writer.int64(table + at[0]!, this.#idOf(type));
    writer.refer(table + at[1]!, this.#type(anyType(type).indices, path));
    writer.uint8(table + at[2]!, anyType(type).isOrdered ? 1 : 0);
    return table;
  }

  #type(dataType: DataType, path: string): number {
    const writer = this.#writer;
    const type = anyType(dataType);
    let table: number;
    switch (type.typeId) {
      case TYPE_ID.null:
      case TYPE_ID.binary:
      case TYPE_ID.utf8:
      case TYPE_ID.bool:
      case TYPE_ID.list:
      case TYPE_ID.struct:
      case TYPE_ID.largeBinary:
      case TYPE_ID.largeUtf8:
      case TYPE_ID.largeList:
      case TYPE_ID.binaryView:
      case TYPE_ID.utf8View:
        return writer.table(EMPTY);
      case TYPE_ID.int:
        table = writer.table(INT);
        writer.int32(table + INT.at[0]!, type.bitWidth);
        writer.uint8(table + INT.at[1]!, type.isSigned ? 1 : 0);
        return table;
      case TYPE_ID.decimal:
        table = writer.table(DECIMAL);
        writer.int32(table + DECIMAL.at[0]!, type.precision);
        writer.int32(table + DECIMAL.at[1]!, type.scale);
        writer.int32(table + DECIMAL.at[2]!, type.bitWidth ?? 128);
        return table;
      case TYPE_ID.float:
        return this.#one16(type.precision);
      case TYPE_ID.date:
      case TYPE_ID.interval:
      case TYPE_ID.duration:
        return this.#one16(type.unit);
      case TYPE_ID.time:
        table = writer.table(UNIT_AND_32);
        writer.int16(table + UNIT_AND_32.at[0]!, type.unit);
        writer.int32(table + UNIT_AND_32.at[1]!, type.bitWidth);
        return table;
      case TYPE_ID.timestamp:
        table = writer.table(UNIT_AND_32, type.timezone ? 0 : 1 << 1);
        writer.int16(table + UNIT_AND_32.at[0]!, type.unit);
        if (type.timezone) {
          const position = table + UNIT_AND_32.at[1]!;
          writer.refer(position, writer.string(type.timezone));
        }
        return table;
      case TYPE_ID.fixedSizeBinary:
        return this.#one32(type.byteWidth);
      case TYPE_ID.fixedSizeList:
        return this.#one32(type.listSize);
      case TYPE_ID.map:
        table = writer.table(ONE_8);
        writer.uint8(table + ONE_8.at[0]!, type.keysSorted ? 1 : 0);
        return table;
      case TYPE_ID.union: {
        table = writer.table(UNIT_AND_32);
        writer.int16(table + UNIT_AND_32.at[0]!, type.mode);
        const first = writer.vector(type.typeIds.length, 4);
        writer.refer(table + UNIT_AND_32.at[1]!, first - 4);
        type.typeIds.forEach((id, index) =>
          writer.int32(first + 4 * index, id)
        );
        return table;
      }
      default:
        throw cannotEncode(
          "Schema",
          `field "${path}" is of type ${
            typeName(type.typeId)
          }, which apache-arrow does not support`,
          "UNIMPLEMENTED",
        );
    }
  }

  #one16(value: number): number {
    const table = this.#writer.table(ONE_16);
    this.#writer.int16(table + ONE_16.at[0]!, value);
    return table;
  }

  #one32(value: number): number {
    const table = this.#writer.table(ONE_32);
    this.#writer.int32(table + ONE_32.at[0]!, value);
    return table;
  }
}
