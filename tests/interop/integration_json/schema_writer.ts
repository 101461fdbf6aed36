/**
 * A schema of apache-arrow → one of the integration JSON.
 *
 * @module
 */
import { DataType, type Dictionary, Field, type Schema } from "apache-arrow";
import {
  type WireEncoding,
  wireEncodingOf,
} from "../../../internal/arrow/encodings/encoding.ts";
import type { JsonField, JsonMetadata, JsonSchema } from "./json_document.ts";
import { writeType } from "./type_writer.ts";

/** Is told of each dictionary: that of a field before those inside it. */
export type OnDictionary = (type: Dictionary) => void;

/**
 * Writes a schema.
 *
 * @throws {TypeError} When it has a type that the format does not have.
 */
export function writeSchema(
  { fields, metadata }: Schema,
  onDictionary: OnDictionary = () => {},
): JsonSchema {
  return {
    fields: fields.map((field) => writeField(field, onDictionary)),
    ...writeMetadata(metadata),
  };
}

function writeField(
  field: Field,
  onDictionary: OnDictionary,
  encoding: WireEncoding | null = wireEncodingOf(field.type) ?? null,
): JsonField {
  const { name, nullable, metadata } = field;
  if (encoding?.kind === "run ends") {
    const { runEnds, values, inner } = encoding;
    const child = new Field(
      values.name,
      field.type,
      values.nullable,
      values.metadata,
    );
    return {
      name,
      type: { name: "runendencoded" },
      nullable: encoding.nullable,
      children: [
        writeField(runEnds, onDictionary),
        writeField(child, onDictionary, inner ?? null),
      ],
      ...writeMetadata(metadata),
    };
  }
  let type: DataType = field.type;
  let dictionary: JsonField["dictionary"];
  if (DataType.isDictionary(type)) {
    onDictionary(type);
    const { id, indices, isOrdered } = type;
    dictionary = { id, indexType: writeType(indices), isOrdered };
    type = type.dictionary;
  }
  const children: readonly Field[] = type.children ?? [];
  return {
    name,
    type: encoding === null
      ? writeType(type)
      : { name: DataType.isList(type) ? "listview" : "largelistview" },
    nullable,
    children: children.map((child) => writeField(child, onDictionary)),
    ...(dictionary ? { dictionary } : {}),
    ...writeMetadata(metadata),
  };
}

function writeMetadata(
  metadata: ReadonlyMap<string, string>,
): { metadata?: JsonMetadata } {
  if (metadata.size === 0) return {};
  return { metadata: [...metadata].map(([key, value]) => ({ key, value })) };
}
