/** Flight.proto: FlightInfo. */

import type { Schema } from "apache-arrow";
import { checkInteger } from "../message/check_field.ts";
import { field, optional, repeated } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import {
  bool,
  bytesOrNone,
  bytesOrTextOrNone,
  int64,
} from "../message/scalars.ts";
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
   * The schema of the data; `undefined` if the server does not know it. It is decoded when it is asked
   * for. A malformed one throws a FlightError then: INTERNAL at a client, INVALID_ARGUMENT at a
   * server. It is not enumerable, so a copy by `{ ...info }` has `schemaBytes` alone.
   */
  readonly schema?: Schema | undefined;
  /**
   * The schema as an encapsulated IPC message, as it was received; `undefined` if there is none. To
   * send an info on sends these bytes.
   */
  readonly schemaBytes?: Uint8Array | undefined;
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

/** FlightInfo to be sent. One that was received is accepted, and sent as it came. */
export interface FlightInfoInit {
  /** The schema, or its encapsulated IPC message; that of `schemaBytes` by default. */
  readonly schema?: SchemaInit | undefined;
  /** The schema as an encapsulated IPC message, if `schema` is not given; absent if unknown. */
  readonly schemaBytes?: Uint8Array | undefined;
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
  /** Application bytes, or text that is sent as UTF-8; none by default. */
  readonly appMetadata?: Uint8Array | string | undefined;
}

/** FlightInfo to be sent, without a schema that is still to be encoded. */
export type FlightInfoFields = Omit<FlightInfoInit, "schema">;

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

/** The codec of {@linkcode FlightInfo}. It knows the bytes of the schema alone. */
export const flightInfoCodec: MessageType<FlightInfo, FlightInfoFields> =
  message<Omit<FlightInfo, "schema">, FlightInfoFields>(
    "arrow.flight.protocol.FlightInfo",
    {
      schemaBytes: field(1, bytesOrNone),
      descriptor: optional(2, flightDescriptorCodec),
      endpoints: repeated(3, flightEndpointCodec),
      totalRecords: field(4, total),
      totalBytes: field(5, total),
      ordered: field(6, defaulted(bool)),
      appMetadata: field(7, bytesOrTextOrNone),
    },
  );
