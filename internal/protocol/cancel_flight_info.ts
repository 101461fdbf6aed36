/** Flight.proto: CancelFlightInfoRequest, CancelFlightInfoResult. */

import type { FlightInfo } from "./flight_info.ts";

/** Body of the predefined action `CancelFlightInfo`. */
export interface CancelFlightInfoRequest {
  /** The query to cancel, as the server described it. */
  readonly info: FlightInfo;
}

/** What became of a cancellation; names as in Flight.proto without `CANCEL_STATUS_`. */
export type CancelStatus =
  | "UNSPECIFIED"
  | "CANCELLED"
  | "CANCELLING"
  | "NOT_CANCELLABLE";

/** Result of the predefined action `CancelFlightInfo`. */
export interface CancelFlightInfoResult {
  /** What became of the cancellation. */
  readonly status: CancelStatus;
}
