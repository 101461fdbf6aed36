/** What a Flight data stream consists of, one level below its record batches. */

import type { RecordBatch, Schema, TypeMap } from "apache-arrow";
import type { FlightDescriptor } from "../protocol/flight_descriptor.ts";

/**
 * Columns that the compiler does not know: apache-arrow's own default. `TypeMap` would not do, for
 * its classes are invariant: a `Table<{ n: Int32 }>` is no `Table<TypeMap>`.
 */
// deno-lint-ignore no-explicit-any
export type AnyColumns = any;

/**
 * A message that was read: a record batch, application metadata, or both.
 *
 * @typeParam T The columns.
 */
export interface FlightMessage<T extends TypeMap = AnyColumns> {
  /** The batch; `undefined` for a metadata-only message. */
  readonly batch?: RecordBatch<T> | undefined;
  /** Application bytes that came with it; `undefined` where there are none. */
  readonly appMetadata?: Uint8Array | undefined;
  /** The descriptor that came with it; usually only the first message has one. */
  readonly descriptor?: FlightDescriptor | undefined;
}

/**
 * A message to write: any combination of a schema (at most one in a stream, before all batches; sent
 * by itself only where there may be no batch), a record batch and application metadata.
 *
 * @typeParam T The columns.
 */
export interface FlightMessageInit<T extends TypeMap = AnyColumns> {
  /** The schema of the stream; by default that of the first batch. */
  readonly schema?: Schema<T> | undefined;
  /** The batch to send. */
  readonly batch?: RecordBatch<T> | undefined;
  /** Application bytes to send with the batch, or alone. */
  readonly appMetadata?: Uint8Array | undefined;
}
