/** Flight.proto: FlightInfo. */

import type { FlightInfo, FlightInfoInit } from "../protocol/flight_info.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/flight_info.ts";
import { bytesOrUndefined, omitUndefined } from "./fields/absent_field.ts";
import {
  checkArray,
  checkBoolean,
  checkInteger,
  checkObject,
  checkOptionalBytes,
} from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";
import {
  flightDescriptorFromMessage,
  flightDescriptorToMessage,
} from "./flight_descriptor.ts";
import {
  flightEndpointFromMessage,
  flightEndpointToMessage,
} from "./flight_endpoint.ts";

/** What stands for an unknown total. */
const UNKNOWN_TOTAL = -1n;

/**
 * Encodes a FlightInfo.
 *
 * @param info The info.
 * @returns The message.
 * @throws {TypeError} When it is not an info.
 * @throws {RangeError} When a total is not an int64, or less than −1.
 */
export function encodeFlightInfo(info: FlightInfoInit<Uint8Array>): Uint8Array {
  return finish(proto.encodeFlightInfo(flightInfoToMessage(info)));
}

/**
 * Decodes a FlightInfo.
 *
 * @param bytes The message.
 * @returns The info; its bytes are views on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeFlightInfo(bytes: Uint8Array): FlightInfo {
  return decodeMessage(
    "FlightInfo",
    bytes,
    (reader) => flightInfoFromMessage(proto.decodeFlightInfo(reader)),
  );
}

/**
 * The message of an info.
 *
 * @param info The info.
 * @returns The message.
 * @throws {TypeError} When it is not an info.
 * @throws {RangeError} When a total is not an int64, or less than −1.
 */
export function flightInfoToMessage(
  info: FlightInfoInit<Uint8Array>,
): proto.FlightInfo {
  checkObject(info, "FlightInfo");
  return copyUnknownFields(info, {
    schema: checkOptionalBytes(info.schema, "FlightInfo.schema"),
    flightDescriptor: info.descriptor === undefined
      ? undefined
      : flightDescriptorToMessage(info.descriptor),
    endpoint: checkArray(info.endpoints, "FlightInfo.endpoints").map(
      flightEndpointToMessage,
    ),
    totalRecords: totalToMessage(info.totalRecords, "FlightInfo.totalRecords"),
    totalBytes: totalToMessage(info.totalBytes, "FlightInfo.totalBytes"),
    ordered: info.ordered === undefined
      ? false
      : checkBoolean(info.ordered, "FlightInfo.ordered"),
    appMetadata: checkOptionalBytes(info.appMetadata, "FlightInfo.appMetadata"),
  });
}

/**
 * The info of a message.
 *
 * @param message The message.
 * @returns The info.
 */
export function flightInfoFromMessage(message: proto.FlightInfo): FlightInfo {
  const info: FlightInfo = omitUndefined({
    schema: bytesOrUndefined(message.schema),
    descriptor: message.flightDescriptor &&
      flightDescriptorFromMessage(message.flightDescriptor),
    endpoints: message.endpoint.map(flightEndpointFromMessage),
    totalRecords: totalFromMessage(message.totalRecords),
    totalBytes: totalFromMessage(message.totalBytes),
    ordered: message.ordered,
    appMetadata: bytesOrUndefined(message.appMetadata),
  });
  return copyUnknownFields(message, info);
}

function totalToMessage(
  total: bigint | number | undefined,
  field: string,
): bigint {
  return checkInteger(
    total === undefined ? UNKNOWN_TOTAL : total,
    field,
    UNKNOWN_TOTAL,
    2n ** 63n - 1n,
  );
}

function totalFromMessage(total: bigint): bigint | undefined {
  return total < 0n ? undefined : total;
}
