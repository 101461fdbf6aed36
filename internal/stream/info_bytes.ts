/** FlightInfos and descriptors as bytes, for programs that pass them on by other means than Flight. */

import {
  type DescriptorInit,
  type FlightDescriptor,
  flightDescriptorCodec,
  receivedDescriptor,
  toDescriptor,
} from "../protocol/flight_descriptor.ts";
import {
  type FlightInfo,
  flightInfoCodec,
  type FlightInfoInit,
} from "../protocol/flight_info.ts";
import type { Received } from "../protocol/received.ts";
import * as schemas from "./announced_schema.ts";
import { infoFields } from "./info_fields.ts";
import { withInfoSchema } from "./info_schema.ts";
import { schemaPart } from "./schema_part.ts";

/**
 * Encodes a FlightInfo as the message of `Flight.proto`, for what passes it on by other means than
 * Flight: a queue, a file, a REST service. `serialize` of C++, Python and Java does the same.
 *
 * ```ts
 * import { decodeFlightInfo, encodeFlightInfo } from "@contrail/flight/data";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = encodeFlightInfo({ endpoints: [{ ticket: "part 1" }] });
 * assertEquals(decodeFlightInfo(bytes).endpoints.length, 1);
 * ```
 *
 * @param info The info. The schema and unknown fields of one that was received are encoded as they came.
 * @returns The bytes.
 * @throws {TypeError} When `info` is none, or a part of it is of the wrong type.
 * @throws {FlightError} UNIMPLEMENTED for a schema with types that apache-arrow does not know.
 */
export function encodeFlightInfo(info: FlightInfoInit): Uint8Array {
  return flightInfoCodec.encode(infoFields(info));
}

/**
 * Decodes a FlightInfo that `encodeFlightInfo` or another implementation of Flight has encoded.
 *
 * @param bytes The message.
 * @returns The info, as a client gets it: `client.read` reads its endpoints.
 * @throws {FlightError} INVALID_ARGUMENT when `bytes` are malformed. A malformed schema is an error when
 * `schema` is asked for.
 */
export function decodeFlightInfo(bytes: Uint8Array): FlightInfo {
  // The property `schema` needs it, where no client was made.
  schemaPart.put(schemas);
  return withInfoSchema(flightInfoCodec.decode(bytes), "server");
}

/**
 * Encodes a descriptor as the message of `Flight.proto`.
 *
 * @param descriptor The descriptor, in any of its forms.
 * @returns The bytes.
 * @throws {TypeError} When `descriptor` is none of them.
 */
export function encodeDescriptor(descriptor: DescriptorInit): Uint8Array {
  return flightDescriptorCodec.encode(toDescriptor(descriptor));
}

/**
 * Decodes a descriptor that `encodeDescriptor` or another implementation of Flight has encoded.
 *
 * @param bytes The message.
 * @returns The descriptor.
 * @throws {FlightError} INVALID_ARGUMENT when `bytes` are malformed.
 */
export function decodeDescriptor(
  bytes: Uint8Array,
): FlightDescriptor & Received {
  return receivedDescriptor(flightDescriptorCodec.decode(bytes));
}
