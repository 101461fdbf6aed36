/** Several record batches as one. */

import { type RecordBatch, type Schema, Struct } from "apache-arrow";
import { newRecordBatch } from "../../../arrow/arrow_objects.ts";
import { concat } from "../../../arrow/concat.ts";
import { emptyData } from "../../../arrow/empty_data.ts";
import { layoutOf } from "../../../arrow/field_layout.ts";
import { withSchema } from "../../../arrow/with_schema.ts";

/** Joins batches of one schema; there may be none. */
export function joined(
  schema: Schema,
  batches: readonly RecordBatch[],
): RecordBatch {
  if (batches.length === 1) return withSchema(batches[0]!, schema);
  const { fields } = layoutOf(schema.fields);
  const columns = fields.map((layout, i) =>
    batches.length === 0
      ? emptyData(layout)
      : concat(layout, batches.map(({ data }) => data.children[i]!))
  );
  const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0);
  return newRecordBatch(
    schema,
    new Struct(schema.fields),
    rows,
    columns,
    new Map(),
  );
}
