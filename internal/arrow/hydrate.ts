/**
 * Converts dictionary-encoded columns to plain values, in types and in data, for readers without
 * support for dictionaries.
 */

import {
  type Data,
  type DataType,
  Field,
  type RecordBatch,
  Schema,
  Struct,
} from "apache-arrow";
import { TYPE_ID } from "./arrow_format.ts";
import { type FieldLayout, layoutOf } from "./field_layout.ts";
import { newRecordBatch } from "./arrow_objects.ts";
import { rebuiltType } from "./types/rebuilt_type.ts";
import { anyType, sameType } from "./types/same_type.ts";
import { allRows, take } from "./take.ts";
import { TakeBudget } from "./take_budget.ts";

/**
 * Returns the schema of a stream that is sent with the option `dictionaries: "hydrate"`: each
 * dictionary becomes the type of its values, at any depth. Names, nullability and metadata stay.
 *
 * @param schema The schema of the batches.
 * @returns The schema that the reader gets; `schema` itself if it has no dictionaries.
 */
export function hydratedSchema(schema: Schema): Schema {
  const fields = plainFields(schema.fields);
  return fields === schema.fields
    ? schema
    : new Schema([...fields], schema.metadata);
}

/** Returns the type of the plain values of `type`: `type` itself if it has no dictionaries. */
export function plainType(type: DataType): DataType {
  const any = anyType(type);
  const { typeId, children } = any;
  if (typeId === TYPE_ID.dictionary) return plainType(any.dictionary);
  if (!children) return type;
  const fields = plainFields(children);
  if (fields === children) return type;
  return rebuiltType(type, fields);
}

/**
 * Converts a schema to the types of another, whose fields may be plain instead of
 * dictionary-encoded.
 *
 * @param schema The schema: names, nullability and metadata are its own.
 * @param form The schema with the types.
 * @returns The schema; `schema` itself if the types are the same.
 */
export function withTypesOf(schema: Schema, form: Schema): Schema {
  const fields = schema.fields.map((field, i) => {
    const { type } = form.fields[i]!;
    const { name, nullable, metadata } = field;
    return sameType(type, field.type)
      ? field
      : new Field(name, type, nullable, metadata);
  });
  return fields.every((field, i) => field === schema.fields[i])
    ? schema
    : new Schema(fields, schema.metadata);
}

/**
 * Converts some columns of a batch to plain values.
 *
 * @param batch The batch.
 * @param schema The schema of the result.
 * @param columns The numbers of the columns.
 * @param maxBytes Most bytes that they may take.
 * @throws {FlightError} RESOURCE_EXHAUSTED when they take more.
 */
export function hydratedBatch(
  { data, numRows, metadata }: RecordBatch,
  schema: Schema,
  columns: readonly number[],
  maxBytes: number,
): RecordBatch {
  const { fields } = layoutOf(schema.fields);
  const budget = new TakeBudget(maxBytes);
  const children: Data[] = [...data.children];
  for (const i of columns) {
    const column = children[i]!;
    children[i] = take(fields[i]!, [column], allRows([column]), budget);
  }
  const type = new Struct(schema.fields);
  return newRecordBatch(schema, type, numRows, children, metadata);
}

/** Returns the plain fields: the same array if there is nothing to change. */
function plainFields(fields: readonly Field[]): readonly Field[] {
  const plain = fields.map((field) => {
    const type = plainType(field.type);
    return type === field.type
      ? field
      : new Field(field.name, type, field.nullable, field.metadata);
  });
  return plain.every((field, i) => field === fields[i]) ? fields : plain;
}

/**
 * Returns the values of `data` if it is dictionary-encoded and the layout is not; otherwise `data`.
 */
export function plainValues(layout: FieldLayout, data: Data): Data {
  return layout.dictionary === undefined && data.dictionary
    ? take(layout, [data], allRows([data]))
    : data;
}
