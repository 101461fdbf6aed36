/**
 * Dictionary-encoded columns as plain values, in types and in data: for readers that know no
 * dictionaries.
 */

import {
  type Data,
  type DataType,
  Field,
  FixedSizeList,
  LargeList,
  List,
  Schema,
  Struct,
  Union,
} from "apache-arrow";
import { TYPE_ID } from "./arrow_format.ts";
import type { FieldLayout } from "./field_layout.ts";
import { mapType } from "./map_type.ts";
import { anyType } from "./same_type.ts";
import { allRows, take } from "./take.ts";

/**
 * The schema of a stream that is sent with the option `dictionaries: "hydrate"`: each dictionary
 * becomes the type of its values, at any depth. Names, nullability and metadata stay.
 *
 * @param schema The schema of the batches.
 * @returns The schema that their reader gets; `schema` itself where it has no dictionaries.
 */
export function hydratedSchema(schema: Schema): Schema {
  const fields = plainFields(schema.fields);
  return fields === schema.fields
    ? schema
    : new Schema([...fields], schema.metadata);
}

/** The type of the plain values of `type`; itself where it has no dictionaries. */
export function plainType(type: DataType): DataType {
  const any = anyType(type);
  const { typeId, children } = any;
  if (typeId === TYPE_ID.dictionary) return plainType(any.dictionary);
  if (!children) return type;
  const fields = plainFields(children);
  if (fields === children) return type;
  switch (typeId) {
    case TYPE_ID.list:
      return new List(fields[0]!);
    case TYPE_ID.largeList:
      return new LargeList(fields[0]!);
    case TYPE_ID.fixedSizeList:
      return new FixedSizeList(any.listSize, fields[0]!);
    case TYPE_ID.struct:
      return new Struct([...fields]);
    case TYPE_ID.map:
      return mapType(fields[0]!, any.keysSorted);
    case TYPE_ID.union:
      return new Union(any.mode, any.typeIds, [...fields]);
    default:
      return type;
  }
}

/** The plain fields; the same array where there is nothing to change. */
function plainFields(fields: readonly Field[]): readonly Field[] {
  const plain = fields.map((field) => {
    const type = plainType(field.type);
    return type === field.type
      ? field
      : new Field(field.name, type, field.nullable, field.metadata);
  });
  return plain.every((field, i) => field === fields[i]) ? fields : plain;
}

/** The values of `data` where it is dictionary-encoded and the layout is not; `data` otherwise. */
export function plainValues(layout: FieldLayout, data: Data): Data {
  return layout.dictionary === undefined && data.dictionary
    ? take(layout, [data], allRows([data]))
    : data;
}
