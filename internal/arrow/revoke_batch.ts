/** Batches whose time is over: any access to their data throws. */

import type { Data, RecordBatch } from "apache-arrow";
import { keptRuns } from "./encodings/kept_runs.ts";

/** Fields of Data that lead to values. */
const FIELDS = [
  "values",
  "valueOffsets",
  "nullBitmap",
  "typeIds",
  "children",
  "dictionary",
  "variadicBuffers",
] as const;

/**
 * Makes every further access to the data of `batch` throw, also through vectors and rows that were
 * taken from it.
 *
 * @param explain Makes the error.
 */
export function revokeBatch(batch: RecordBatch, explain: () => Error): void {
  revoke(batch.data, {
    configurable: true,
    get() {
      throw explain();
    },
  });
}

function revoke(data: Data, property: PropertyDescriptor): void {
  for (const child of data.children) revoke(child, property);
  const runs = keptRuns(data);
  if (runs !== undefined) revoke(runs.values, property);
  for (const name of FIELDS) Object.defineProperty(data, name, property);
}
