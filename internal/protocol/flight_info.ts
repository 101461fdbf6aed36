/** Flight.proto: FlightInfo. */

import type { Schema } from "apache-arrow";
import { checkInteger } from "../message/check_field.ts";
import { field, optional, repeated } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { bool, bytesOrNone, int64 } from "../message/scalars.ts";
import { defaulted, mapped, type Value } from "../message/value.ts";
import {
  type DescriptorInit,
  type FlightDescriptor,
  flightDescriptorCodec,
} from "./flight_descriptor.ts";
import {
  type FlightEndpoint,
  flightEndpointCodec,
  type FlightEndpointInit,
} from "./flight_endpoint.ts";

/** Description of a data set, with the endpoints of its parts. */
export interface FlightInfo {
  /**
   * The schema as an encapsulated IPC message, as the server sent it; `decodeSchema` reads it.
   * `undefined` where the server does not know it.
   */
  readonly schema?: Uint8Array | undefined;
  /** The descriptor this is the answer to, if the server repeats it. */
  readonly descriptor?: FlightDescriptor | undefined;
  /** The parts; all of them make up the data set. */
  readonly endpoints: readonly FlightEndpoint[];
  /** Number of rows; `undefined` (−1 on the wire) where unknown. */
  readonly totalRecords?: bigint | undefined;
  /** Size in bytes; `undefined` (−1 on the wire) where unknown. */
  readonly totalBytes?: bigint | undefined;
  /** True if the endpoints are in the order of the data. */
  readonly ordered: boolean;
  /** Application bytes; `undefined` where there are none. */
  readonly appMetadata?: Uint8Array | undefined;
}

/** A schema of any columns, or its encapsulated IPC message. */
// Schema is invariant: a parameter other than any would refuse most schemas.
// deno-lint-ignore no-explicit-any
export type SchemaInit = Schema<any> | Uint8Array;

/**
 * FlightInfo as a service may give it.
 *
 * @typeParam S The accepted forms of a schema.
 */
export interface FlightInfoInit<S = SchemaInit> {
  /** The schema; absent where unknown. */
  readonly schema?: S | undefined;
  /** The descriptor this answers. */
  readonly descriptor?: DescriptorInit | undefined;
  /** The parts; none by default. */
  readonly endpoints?: readonly FlightEndpointInit[] | undefined;
  /** Number of rows; unknown by default. */
  readonly totalRecords?: bigint | number | undefined;
  /** Size in bytes; unknown by default. */
  readonly totalBytes?: bigint | number | undefined;
  /** True if the endpoints are in the order of the data. Default: false. */
  readonly ordered?: boolean | undefined;
  /** Application bytes; none by default. */
  readonly appMetadata?: Uint8Array | undefined;
}

/** Stands for an unknown total. */
const UNKNOWN_TOTAL = -1n;

/** A number of rows or bytes: −1 on the wire if unknown, and any other negative number is read so. */
const total: Value<bigint | undefined, bigint | number | undefined> = mapped(
  int64,
  {
    decode: (count) => count < 0n ? undefined : count,
    encode: (count: bigint | number | undefined, path) =>
      count === undefined
        ? UNKNOWN_TOTAL
        : checkInteger(count, path, UNKNOWN_TOTAL, 2n ** 63n - 1n),
  },
);

/** The codec of {@linkcode FlightInfo}. */
export const flightInfoCodec: MessageType<
  FlightInfo,
  FlightInfoInit<Uint8Array>
> = message("arrow.flight.protocol.FlightInfo", {
  schema: field(1, bytesOrNone),
  descriptor: optional(2, flightDescriptorCodec),
  endpoints: repeated(3, flightEndpointCodec),
  totalRecords: field(4, total),
  totalBytes: field(5, total),
  ordered: field(6, defaulted(bool)),
  appMetadata: field(7, bytesOrNone),
});
