/** The actions that the protocol defines, answered by methods of a service. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import { type Action, PREDEFINED_ACTIONS } from "../protocol/action.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import { toSessionOptions } from "../protocol/session_options.ts";
import {
  cancelFlightInfoRequestCodec,
  cancelFlightInfoResultCodec,
} from "../protocol/cancel_flight_info.ts";
import { flightEndpointCodec } from "../protocol/flight_endpoint.ts";
import { renewFlightEndpointRequestCodec } from "../protocol/renew_flight_endpoint.ts";
import {
  closeSessionResultCodec,
  getSessionOptionsResultCodec,
  setSessionOptionsRequestCodec,
  setSessionOptionsResultCodec,
} from "../protocol/session_options.ts";
import { withInfoSchema } from "../stream/info_schema.ts";
import { answering } from "./answer_error.ts";
import type { FlightService } from "./flight_service.ts";
import { warnOfWildcards } from "./wildcard_locations.ts";

/**
 * Answers a predefined action.
 *
 * @returns The body of the result, or `undefined` for an action that is left to `doAction`.
 */
export async function predefinedAction(
  service: FlightService,
  { type, body = EMPTY_BYTES }: Action,
  context: FlightCallContext,
): Promise<Uint8Array | undefined> {
  switch (type) {
    case PREDEFINED_ACTIONS.cancelFlightInfo.type: {
      if (!service.cancelFlightInfo) return undefined;
      const { info } = cancelFlightInfoRequestCodec.decode(body);
      withInfoSchema(info, "server");
      const status = await service.cancelFlightInfo(info, context);
      return answering(
        "cancelFlightInfo",
        () => cancelFlightInfoResultCodec.encode({ status }),
      );
    }
    case PREDEFINED_ACTIONS.renewFlightEndpoint.type: {
      if (!service.renewFlightEndpoint) return undefined;
      const { endpoint } = renewFlightEndpointRequestCodec.decode(body);
      const renewed = await service.renewFlightEndpoint(endpoint, context);
      return answering("renewFlightEndpoint", () => {
        const encoded = flightEndpointCodec.encode(renewed);
        warnOfWildcards([renewed]);
        return encoded;
      });
    }
    case PREDEFINED_ACTIONS.setSessionOptions.type: {
      if (!service.setSessionOptions) return undefined;
      const { sessionOptions } = setSessionOptionsRequestCodec.decode(body);
      const errors = await service.setSessionOptions(sessionOptions, context);
      return answering(
        "setSessionOptions",
        () =>
          setSessionOptionsResultCodec.encode({ errors: errors ?? new Map() }),
      );
    }
    case PREDEFINED_ACTIONS.getSessionOptions.type: {
      if (!service.getSessionOptions) return undefined;
      const options = await service.getSessionOptions(context);
      return answering(
        "getSessionOptions",
        () =>
          getSessionOptionsResultCodec.encode({
            sessionOptions: toSessionOptions(options),
          }),
      );
    }
    case PREDEFINED_ACTIONS.closeSession.type: {
      if (!service.closeSession) return undefined;
      const status = await service.closeSession(context);
      return answering(
        "closeSession",
        () => closeSessionResultCodec.encode({ status }),
      );
    }
    default:
      return undefined;
  }
}
