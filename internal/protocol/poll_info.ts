/** Flight.proto: PollInfo. */

import type { DescriptorInit, FlightDescriptor } from "./flight_descriptor.ts";
import type { FlightInfo, FlightInfoInit, SchemaInit } from "./flight_info.ts";

/** The state of a long-running query. */
export interface PollInfo {
  /** What can be read so far; `undefined` while there is nothing. */
  readonly info?: FlightInfo | undefined;
  /** What to poll with next; `undefined` when the query is complete. */
  readonly descriptor?: FlightDescriptor | undefined;
  /** Estimated progress, 0 to 1; `undefined` where unknown. */
  readonly progress?: number | undefined;
  /**
   * When the descriptor ceases to be valid; `undefined` for never. In milliseconds; `epochNanoseconds`
   * knows the nanoseconds.
   */
  readonly expirationTime?: Date | undefined;
}

/**
 * What a service may give for a PollInfo.
 *
 * @typeParam S What is accepted as a schema.
 */
export interface PollInfoInit<S = SchemaInit> {
  /** What can be read so far. */
  readonly info?: FlightInfoInit<S> | undefined;
  /** What to poll with next; absent when the query is complete. */
  readonly descriptor?: DescriptorInit | undefined;
  /** Estimated progress, 0 to 1. */
  readonly progress?: number | undefined;
  /** When the descriptor ceases to be valid, in the years 1 to 9999; never by default. */
  readonly expirationTime?: Date | undefined;
}
