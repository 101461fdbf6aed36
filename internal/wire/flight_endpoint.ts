/** Flight.proto: FlightEndpoint. */

import type {
  FlightEndpoint,
  FlightEndpointInit,
} from "../protocol/flight_endpoint.ts";
import { toTicket } from "../protocol/ticket.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/flight_endpoint.ts";
import { createTicket } from "../../proto/flight/ticket.ts";
import { bytesOrUndefined, omitUndefined } from "./fields/absent_field.ts";
import {
  checkArray,
  checkObject,
  checkOptionalBytes,
} from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";
import { locationToMessage } from "./location.ts";
import {
  timestampFromMessage,
  timestampToMessage,
} from "./fields/timestamp.ts";

/**
 * Encodes a FlightEndpoint.
 *
 * @param endpoint The endpoint.
 * @returns The message.
 * @throws {TypeError} When it is not an endpoint.
 */
export function encodeFlightEndpoint(endpoint: FlightEndpointInit): Uint8Array {
  return finish(proto.encodeFlightEndpoint(flightEndpointToMessage(endpoint)));
}

/**
 * Decodes a FlightEndpoint.
 *
 * @param bytes The message.
 * @returns The endpoint; its bytes are views on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeFlightEndpoint(bytes: Uint8Array): FlightEndpoint {
  return decodeMessage(
    "FlightEndpoint",
    bytes,
    (reader) => flightEndpointFromMessage(proto.decodeFlightEndpoint(reader)),
  );
}

/**
 * The message of an endpoint.
 *
 * @param endpoint The endpoint.
 * @returns The message.
 * @throws {TypeError} When it is not an endpoint.
 */
export function flightEndpointToMessage(
  endpoint: FlightEndpointInit,
): proto.FlightEndpoint {
  const { ticket, locations, expirationTime, appMetadata } = checkObject(
    endpoint,
    "FlightEndpoint",
  );
  return copyUnknownFields(endpoint, {
    ticket: toTicket(ticket),
    location: checkArray(locations, "FlightEndpoint.locations").map(
      (location, i) =>
        locationToMessage(location, `FlightEndpoint.locations[${i}]`),
    ),
    expirationTime: timestampToMessage(
      expirationTime,
      "FlightEndpoint.expirationTime",
    ),
    appMetadata: checkOptionalBytes(appMetadata, "FlightEndpoint.appMetadata"),
  });
}

/**
 * The endpoint of a message.
 *
 * @param message The message.
 * @returns The endpoint; without a ticket in the message, one without bytes.
 */
export function flightEndpointFromMessage(
  message: proto.FlightEndpoint,
): FlightEndpoint {
  const endpoint: FlightEndpoint = omitUndefined({
    ticket: message.ticket ?? createTicket(),
    locations: message.location,
    expirationTime: timestampFromMessage(message.expirationTime),
    appMetadata: bytesOrUndefined(message.appMetadata),
  });
  return copyUnknownFields(message, endpoint);
}
