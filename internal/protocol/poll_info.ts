/** Flight.proto: PollInfo. */

import { optional } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { double } from "../message/scalars.ts";
import {
  type DescriptorInit,
  type FlightDescriptor,
  flightDescriptorCodec,
} from "./flight_descriptor.ts";
import {
  type FlightInfo,
  flightInfoCodec,
  type FlightInfoInit,
  type SchemaInit,
} from "./flight_info.ts";
import { timestampCodec } from "./timestamp.ts";

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

/** The codec of {@linkcode PollInfo}. */
export const pollInfoCodec: MessageType<PollInfo, PollInfoInit<Uint8Array>> =
  message("arrow.flight.protocol.PollInfo", {
    info: optional(1, flightInfoCodec),
    descriptor: optional(2, flightDescriptorCodec),
    progress: optional(3, double),
    expirationTime: optional(4, timestampCodec),
  });
