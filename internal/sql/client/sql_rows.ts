/** Rows of record batches, as plain objects. */

import type { RecordBatch, Schema } from "apache-arrow";
import { rowReader, type ValueForms } from "../../arrow/values/value_reader.ts";

/** A row of unknown columns. */
export type SqlRow = Record<string, unknown>;

/**
 * The properties of rows: the names of the columns. Of several columns of one name, those after the first
 * have a number added: `id`, `id_2`, `id_3`.
 *
 * @param schema The columns.
 */
export function rowNames({ fields }: Schema): string[] {
  const taken = new Set(fields.map(({ name }) => name));
  const used = new Set<string>();
  return fields.map(({ name }) => {
    let unique = name;
    for (let i = 2; used.has(unique); i++) {
      const next = `${name}_${i}`;
      if (!taken.has(next)) unique = next;
    }
    used.add(unique);
    return unique;
  });
}

/**
 * Reads the rows of a batch.
 *
 * @param batch The batch.
 * @param names The properties of the rows.
 * @param forms The forms of their values.
 */
export function* batchRows<Row = SqlRow>(
  batch: RecordBatch,
  names: readonly string[],
  forms: ValueForms,
): Generator<Row> {
  const read = rowReader(names, batch.data.children, forms);
  for (let row = 0; row < batch.numRows; row++) yield read(row) as Row;
}
