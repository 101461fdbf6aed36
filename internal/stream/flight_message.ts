/** Messages of a Flight data stream, one level below its record batches. */

import type { RecordBatch, Schema, TypeMap } from "apache-arrow";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";

/**
 * Columns that are unknown at compile time: apache-arrow's own default. `TypeMap` would not do,
 * because its classes are invariant: a `Table<{ n: Int32 }>` is no `Table<TypeMap>`.
 */
// deno-lint-ignore no-explicit-any
export type AnyColumns = any;

/**
 * Received message: a record batch, application metadata, or both.
 *
 * @typeParam T The columns.
 */
export interface FlightMessage<T extends TypeMap = AnyColumns> {
  /** The batch; `undefined` for a metadata-only message. */
  readonly batch?: RecordBatch<T> | undefined;
  /** Application bytes that came with it; `undefined` if there are none. */
  readonly appMetadata?: Uint8Array | undefined;
  /** The descriptor that came with it; usually only the first message has one. */
  readonly descriptor?: FlightDescriptor | undefined;
}

/**
 * Message to write: any combination of a schema, a record batch and application metadata. A stream
 * has at most one schema, before all batches. Send it by itself only if there may be no batch.
 *
 * @typeParam T The columns.
 */
export interface FlightMessageInit<T extends TypeMap = AnyColumns> {
  /** The schema of the stream; by default that of the first batch. */
  readonly schema?: Schema<T> | undefined;
  /** The batch to send. */
  readonly batch?: RecordBatch<T> | undefined;
  /** Application bytes to send with the batch, or alone; or text that is sent as UTF-8. */
  readonly appMetadata?: Uint8Array | string | undefined;
}
