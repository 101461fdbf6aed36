/** Flight.proto: RenewFlightEndpointRequest. */

import type { FlightEndpoint } from "./flight_endpoint.ts";

/** Body of the predefined action `RenewFlightEndpoint`; its result is a FlightEndpoint. */
export interface RenewFlightEndpointRequest {
  /** The endpoint whose expiration time is to be extended. */
  readonly endpoint: FlightEndpoint;
}
