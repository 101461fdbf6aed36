/**
 * A file of the integration JSON → batches of apache-arrow.
 *
 * @module
 */
import {
  type Data,
  makeData,
  RecordBatch,
  type Schema,
  Struct,
  Vector,
} from "apache-arrow";
import { type FindDictionary, readColumn } from "./column_reader.ts";
import type { JsonBatch, JsonDocument } from "./json_document.ts";
import { readSchema } from "./schema_reader.ts";

/** Contents of a file. */
export interface IntegrationData {
  readonly schema: Schema;
  readonly batches: readonly RecordBatch[];
}

/**
 * Reads a file.
 *
 * @throws {RangeError} When it contradicts itself.
 */
export function readDocument(document: JsonDocument): IntegrationData {
  const { schema, dictionaries } = readSchema(document.schema);
  const vectors = new Map<number, Vector>();
  // Dictionaries inside others may come before or after them.
  const find: FindDictionary = (id) => {
    let vector = vectors.get(id);
    if (vector === undefined) {
      const batch = document.dictionaries?.find((batch) => batch.id === id);
      if (batch === undefined) throw new RangeError(`no dictionary ${id}`);
      const type = dictionaries.get(id)!;
      vector = new Vector([readColumn(type, batch.data.columns[0]!, find)]);
      vectors.set(id, vector);
    }
    return vector;
  };
  return {
    schema,
    batches: document.batches.map((batch) => readBatch(schema, batch, find)),
  };
}

function readBatch(
  schema: Schema,
  { count, columns }: JsonBatch,
  find: FindDictionary,
): RecordBatch {
  const { fields } = schema;
  if (columns.length !== fields.length) {
    throw new RangeError(`${columns.length} columns, ${fields.length} fields`);
  }
  const children = columns.map((column, index) => {
    const { name, type } = fields[index]!;
    if (column.name !== name || column.count !== count) {
      throw new RangeError(
        `column ${index} is "${column.name}" of ${column.count} rows, ` +
          `not "${name}" of ${count}`,
      );
    }
    return readColumn(type, column, find);
  });
  const type = new Struct(fields);
  const data = makeData({ type, length: count, nullCount: 0, children });
  return new RecordBatch(schema, data as Data<Struct>);
}
