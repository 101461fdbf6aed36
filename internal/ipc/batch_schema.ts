/** The schema of a batch, as its columns have it. */

import { type Data, type Field, type RecordBatch, Schema } from "apache-arrow";

/**
 * The fields of a batch. Not those of `batch.schema`: there, apache-arrow gives fields of the same name
 * one type.
 */
export function fieldsOf(data: Data): readonly Field[] {
  return (data.type as { readonly children?: readonly Field[] }).children ?? [];
}

/** The schema of a batch; its own, where apache-arrow has not changed it. */
export function schemaOf({ schema, data }: RecordBatch): Schema {
  const fields = fieldsOf(data);
  const isIntact = schema.fields.length === fields.length &&
    schema.fields.every(({ name, type }, i) =>
      name === fields[i]!.name && type === fields[i]!.type
    );
  return isIntact ? schema : new Schema([...fields], schema.metadata);
}
