/** The code of the part for predefined actions: their messages. */

export {
  cancelFlightInfoRequestCodec,
  cancelFlightInfoResultCodec,
} from "../protocol/cancel_flight_info.ts";
export { renewFlightEndpointRequestCodec } from "../protocol/renew_flight_endpoint.ts";
export {
  closeSessionResultCodec,
  getSessionOptionsResultCodec,
  setSessionOptionsRequestCodec,
  setSessionOptionsResultCodec,
  toSessionOptions,
} from "../protocol/session_options.ts";
export { infoFields } from "../stream/info_fields.ts";
