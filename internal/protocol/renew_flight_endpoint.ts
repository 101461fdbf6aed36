/** Flight.proto: RenewFlightEndpointRequest. */

import { field } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { type FlightEndpoint, flightEndpointCodec } from "./flight_endpoint.ts";

/** Body of the predefined action `RenewFlightEndpoint`; its result is a FlightEndpoint. */
export interface RenewFlightEndpointRequest {
  /** Endpoint whose expiration time to extend. */
  readonly endpoint: FlightEndpoint;
}

/** The codec of {@linkcode RenewFlightEndpointRequest}. */
export const renewFlightEndpointRequestCodec: MessageType<
  RenewFlightEndpointRequest
> = message("arrow.flight.protocol.RenewFlightEndpointRequest", {
  endpoint: field(1, flightEndpointCodec),
});
