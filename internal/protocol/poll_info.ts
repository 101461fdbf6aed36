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
  type FlightInfoFields,
  type FlightInfoInit,
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

/** PollInfo to be sent. One that was received is accepted, and sent as it came. */
export interface PollInfoInit {
  /** Data that can be read so far. */
  readonly info?: FlightInfoInit | undefined;
  /** Descriptor for the next poll; absent when the query is complete. */
  readonly descriptor?: DescriptorInit | undefined;
  /** Estimated progress, 0 to 1. */
  readonly progress?: number | undefined;
  /** Expiration time of the descriptor, in the years 1 to 9999. Default: never. */
  readonly expirationTime?: Date | undefined;
}

/** PollInfo to be sent, without a schema that is still to be encoded. */
export type PollInfoFields = Omit<PollInfoInit, "info"> & {
  readonly info?: FlightInfoFields | undefined;
};

/** The codec of {@linkcode PollInfo}. */
export const pollInfoCodec: MessageType<PollInfo, PollInfoFields> = message(
  "arrow.flight.protocol.PollInfo",
  {
    info: optional(1, flightInfoCodec),
    descriptor: optional(2, flightDescriptorCodec),
    progress: optional(3, double),
    expirationTime: optional(4, timestampCodec),
  },
);
