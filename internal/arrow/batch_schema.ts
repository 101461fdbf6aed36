/**
 * The schema of a batch by its columns. apache-arrow gives fields of the same name one type in
 * `batch.schema`, and in the struct type of a slice as well; the columns themselves stay right.
 */

import { type Data, Field, type RecordBatch, Schema } from "apache-arrow";
import { sameType } from "./types/same_type.ts";

/** Returns the fields of the columns of a batch. */
export function fieldsOf({ type, children }: Data): readonly Field[] {
  const fields = (type as { readonly children?: readonly Field[] }).children ??
    [];
  return fields.map((field, i) => {
    const column = children[i];
    if (column === undefined || sameType(field.type, column.type)) return field;
    const { name, nullable, metadata } = field;
    return new Field(name, column.type, nullable, metadata);
  });
}

/** Returns the schema of a batch: its own, unless apache-arrow has changed it. */
export function schemaOf({ schema, data }: RecordBatch): Schema {
  const fields = fieldsOf(data);
  const isIntact = schema.fields.length === fields.length &&
    schema.fields.every(({ name, type }, i) =>
      name === fields[i]!.name && sameType(type, fields[i]!.type)
    );
  return isIntact ? schema : new Schema([...fields], schema.metadata);
}
