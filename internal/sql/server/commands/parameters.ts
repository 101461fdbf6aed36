/** Parameters of a prepared statement, as a client uploads them. */

import type { RecordBatch, Schema } from "apache-arrow";
import { toSource } from "../../../base/source.ts";
import { FlightError } from "../../../core/flight_error.ts";
import type { FlightStream } from "../../../stream/flight_stream.ts";
import { joined } from "../kept/joined.ts";

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
  // Past the queue of the stream: most uploads are one small batch.
  const rows = toSource<RecordBatch>(upload);
  for (;;) {
    const batch = rows.take?.() ?? await rows.read();
    if (batch === undefined) break;
    // Some clients send one batch, without rows, and wait for the answer before they say that it is all.
    if (schema.fields.length === 0) {
      rows.cancel(new FlightError("CANCELLED", "there are no parameters"));
      return undefined;
    }
    bytes += batch.data.byteLength;
    if (bytes > maxBytes) {
      const error = new FlightError(
        "RESOURCE_EXHAUSTED",
        `the parameters take more than ${maxBytes} bytes (option maxParameterBytes)`,
      );
      rows.cancel(error);
      throw error;
    }
    batches.push(batch);
  }
  return schema.fields.length === 0 ? undefined : joined(schema, batches);
}
