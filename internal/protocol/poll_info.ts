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
  /** Data that can be read so far; `undefined` if there is none. */
  readonly info?: FlightInfo | undefined;
  /** Descriptor for the next poll; `undefined` when the query is complete. */
  readonly descriptor?: FlightDescriptor | undefined;
  /** Estimated progress, 0 to 1; `undefined` where unknown. */
  readonly progress?: number | undefined;
  /**
   * Expiration time of the descriptor; `undefined` for never. It is in milliseconds;
   * `epochNanoseconds` returns the nanoseconds.
   */
  readonly expirationTime?: Date | undefined;
}

/**
 * PollInfo as a service may give it.
 *
 * @typeParam S The accepted forms of a schema.
 */
export interface PollInfoInit<S = SchemaInit> {
  /** Data that can be read so far. */
  readonly info?: FlightInfoInit<S> | undefined;
  /** Descriptor for the next poll; absent when the query is complete. */
  readonly descriptor?: DescriptorInit | undefined;
  /** Estimated progress, 0 to 1. */
  readonly progress?: number | undefined;
  /** Expiration time of the descriptor, in the years 1 to 9999. Default: never. */
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
