/** Flight.proto: RenewFlightEndpointRequest. */

import type { RenewFlightEndpointRequest } from "../protocol/renew_flight_endpoint.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import { createFlightEndpoint } from "../../proto/flight/flight_endpoint.ts";
import * as proto from "../../proto/flight/renew_flight_endpoint.ts";
import { checkObject } from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";
import {
  flightEndpointFromMessage,
  flightEndpointToMessage,
} from "./flight_endpoint.ts";

/**
 * Encodes a RenewFlightEndpointRequest.
 *
 * @param request The request.
 * @returns The message.
 * @throws {TypeError} When it is not a RenewFlightEndpointRequest.
 */
export function encodeRenewFlightEndpointRequest(
  request: RenewFlightEndpointRequest,
): Uint8Array {
  const { endpoint } = checkObject(request, "RenewFlightEndpointRequest");
  return finish(proto.encodeRenewFlightEndpointRequest(
    copyUnknownFields(request, { endpoint: flightEndpointToMessage(endpoint) }),
  ));
}

/**
 * Decodes a RenewFlightEndpointRequest.
 *
 * @param bytes The message.
 * @returns The request; its bytes are views on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeRenewFlightEndpointRequest(
  bytes: Uint8Array,
): RenewFlightEndpointRequest {
  return decodeMessage("RenewFlightEndpointRequest", bytes, (reader) => {
    const message = proto.decodeRenewFlightEndpointRequest(reader);
    const endpoint = flightEndpointFromMessage(
      message.endpoint ?? createFlightEndpoint(),
    );
    return copyUnknownFields(message, { endpoint });
  });
}
