/** Flight.proto: CancelFlightInfoRequest, CancelFlightInfoResult. */

import { enumeration } from "../message/enumeration.ts";
import { field } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import {
  type FlightInfo,
  flightInfoCodec,
  type FlightInfoFields,
} from "./flight_info.ts";

/** Body of the predefined action `CancelFlightInfo`. */
export interface CancelFlightInfoRequest {
  /** The query to cancel, as the server described it. */
  readonly info: FlightInfo;
}

/** The codec of {@linkcode CancelFlightInfoRequest}. */
export const cancelFlightInfoRequestCodec: MessageType<
  CancelFlightInfoRequest,
  { readonly info: FlightInfoFields }
> = message("arrow.flight.protocol.CancelFlightInfoRequest", {
  info: field(1, flightInfoCodec),
});

/** Result of a cancellation; names as in Flight.proto without `CANCEL_STATUS_`. */
export type CancelStatus =
  | "UNSPECIFIED"
  | "CANCELLED"
  | "CANCELLING"
  | "NOT_CANCELLABLE";

/** Result of the predefined action `CancelFlightInfo`. */
export interface CancelFlightInfoResult {
  /** Result of the cancellation. */
  readonly status: CancelStatus;
}

/** The codec of {@linkcode CancelFlightInfoResult}. */
export const cancelFlightInfoResultCodec: MessageType<CancelFlightInfoResult> =
  message("arrow.flight.protocol.CancelFlightInfoResult", {
    status: field(
      1,
      enumeration({
        UNSPECIFIED: 0,
        CANCELLED: 1,
        CANCELLING: 2,
        NOT_CANCELLABLE: 3,
      }),
    ),
  });
