/** Parameters of a prepared statement, as a client uploads them. */

import { type RecordBatch, type Schema, Struct } from "apache-arrow";
import { newRecordBatch } from "../../../arrow/arrow_objects.ts";
import { concat } from "../../../arrow/concat.ts";
import { emptyData } from "../../../arrow/empty_data.ts";
import { layoutOf } from "../../../arrow/field_layout.ts";
import { withSchema } from "../../../arrow/with_schema.ts";
import { FlightError } from "../../../core/flight_error.ts";
import type { FlightStream } from "../../../stream/flight_stream.ts";

/**
 * Reads parameters: one row for each run of the statement.
 *
 * @param upload The upload, whose descriptor has been read.
 * @param maxBytes Most bytes of all rows.
 * @returns The rows as one batch; `undefined` for no parameters, as a schema without fields says, or none.
 * @throws {FlightError} RESOURCE_EXHAUSTED when they take too many bytes.
 */
export async function readParameters(
  upload: FlightStream,
  maxBytes: number,
): Promise<RecordBatch | undefined> {
  let schema: Schema;
  try {
    schema = await upload.schema;
  } catch (error) {
    // Rust sends a descriptor only.
    if (FlightError.is(error) && error.code === "FAILED_PRECONDITION") {
      return undefined;
    }
    throw error;
  }
  const batches: RecordBatch[] = [];
  let bytes = 0;
  for await (const batch of upload) {
    // Some clients send one batch, without rows, and wait for the answer before they say that it is all.
    if (schema.fields.length === 0) return undefined;
    bytes += batch.data.byteLength;
    if (bytes > maxBytes) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `the parameters take more than ${maxBytes} bytes (option maxParameterBytes)`,
      );
    }
    batches.push(batch);
  }
  return schema.fields.length === 0 ? undefined : joined(schema, batches);
}

function joined(schema: Schema, batches: readonly RecordBatch[]): RecordBatch {
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
