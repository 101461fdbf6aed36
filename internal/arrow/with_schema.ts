/** Gives a batch the schema of the stream to which it belongs. */

import { type RecordBatch, type Schema, Struct } from "apache-arrow";
import { newRecordBatch } from "./arrow_objects.ts";

/**
 * Puts the same columns under another schema. apache-arrow makes tables only from batches whose
 * schemas agree in everything, including the ids of dictionaries, which differ from stream to
 * stream.
 *
 * @param batch A batch whose columns have the types of `schema`.
 * @param schema The schema.
 * @returns A batch that shares the columns; the same one if it has the schema already.
 */
export function withSchema(batch: RecordBatch, schema: Schema): RecordBatch {
  if (batch.schema === schema) return batch;
  const { numRows, data, metadata } = batch;
  const type = new Struct(schema.fields);
  return newRecordBatch(schema, type, numRows, data.children, metadata);
}
