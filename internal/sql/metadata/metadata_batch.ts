/** Metadata results: rows to record batches. */

import {
  type Data,
  type Field,
  type RecordBatch,
  type Schema,
  Struct,
  vectorFromArray,
} from "apache-arrow";
import { emptyData } from "../../arrow/empty_data.ts";
import { layoutOf } from "../../arrow/field_layout.ts";
import { newRecordBatch } from "../../arrow/arrow_objects.ts";

/** The most rows of a batch: with the schema of a table in each, they remain a few MiB. */
const MAX_ROWS = 1024;

/**
 * Makes record batches of rows.
 *
 * @param schema The schema.
 * @param rows The values of each row, in the order of the fields; `undefined` is null.
 * @returns Batches of at most 1,024 rows; none without rows.
 */
export function* batchesOfRows(
  schema: Schema,
  rows: readonly (readonly unknown[])[],
): Generator<RecordBatch> {
  for (let start = 0; start < rows.length; start += MAX_ROWS) {
    const part = rows.slice(start, start + MAX_ROWS);
    const columns = schema.fields.map((field, i) =>
      columnOf(field, part.map((row) => row[i] ?? null))
    );
    yield batchOfColumns(schema, part.length, columns);
  }
}

/** Makes a column of values; `null` is null. */
export function columnOf(field: Field, values: readonly unknown[]): Data {
  if (values.length === 0) return emptyData(layoutOf([field]).fields[0]!);
  return vectorFromArray(values, field.type).data[0]!;
}

/** Makes a batch of columns. */
export function batchOfColumns(
  schema: Schema,
  length: number,
  columns: Data[],
): RecordBatch {
  const type = new Struct(schema.fields);
  return newRecordBatch(schema, type, length, columns, new Map());
}
