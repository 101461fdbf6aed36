/** The columns of a record batch. */

import type { RecordBatch, Vector } from "apache-arrow";

/** Each column, also those of the same name. */
export function columnsOf(batch: RecordBatch): Vector[] {
  return batch.schema.fields.map((_, index) => batch.getChildAt(index)!);
}
