/** The codecs of all messages in internal/protocol/; FlightData, which is read and written by hand, has none. */

import type { MessageType } from "../../internal/message/message.ts";
import * as action from "../../internal/protocol/action.ts";
import * as cancel from "../../internal/protocol/cancel_flight_info.ts";
import { criteriaCodec } from "../../internal/protocol/criteria.ts";
import * as empty from "../../internal/protocol/empty.ts";
import { flightDescriptorCodec } from "../../internal/protocol/flight_descriptor.ts";
import { flightEndpointCodec } from "../../internal/protocol/flight_endpoint.ts";
import { flightInfoCodec } from "../../internal/protocol/flight_info.ts";
import * as handshake from "../../internal/protocol/handshake.ts";
import { locationCodec } from "../../internal/protocol/location.ts";
import { pollInfoCodec } from "../../internal/protocol/poll_info.ts";
import { putResultCodec } from "../../internal/protocol/put_result.ts";
import { renewFlightEndpointRequestCodec } from "../../internal/protocol/renew_flight_endpoint.ts";
import { schemaResultCodec } from "../../internal/protocol/schema_result.ts";
import * as descriptor from "../../internal/protocol/services/descriptor.ts";
import * as health from "../../internal/protocol/services/health.ts";
import * as reflection from "../../internal/protocol/services/reflection.ts";
import * as session from "../../internal/protocol/session_options.ts";
import { ticketCodec } from "../../internal/protocol/ticket.ts";
import { timestampCodec } from "../../internal/protocol/timestamp.ts";

/** All of them. */
export const ALL_CODECS: readonly MessageType<unknown, never>[] = [
  action.actionCodec,
  action.actionTypeCodec,
  action.resultCodec,
  cancel.cancelFlightInfoRequestCodec,
  cancel.cancelFlightInfoResultCodec,
  criteriaCodec,
  empty.closeSessionRequestCodec,
  empty.emptyCodec,
  empty.getSessionOptionsRequestCodec,
  flightDescriptorCodec,
  flightEndpointCodec,
  flightInfoCodec,
  handshake.basicAuthCodec,
  handshake.handshakeRequestCodec,
  handshake.handshakeResponseCodec,
  locationCodec,
  pollInfoCodec,
  putResultCodec,
  renewFlightEndpointRequestCodec,
  schemaResultCodec,
  session.closeSessionResultCodec,
  session.getSessionOptionsResultCodec,
  session.sessionOptionValueCodec,
  session.setSessionOptionErrorCodec,
  session.setSessionOptionsRequestCodec,
  session.setSessionOptionsResultCodec,
  session.stringListCodec,
  ticketCodec,
  timestampCodec,
  health.healthCheckRequestCodec,
  health.healthCheckResponseCodec,
  health.healthListRequestCodec,
  health.healthListResponseCodec,
  reflection.errorResponseCodec,
  reflection.extensionNumberResponseCodec,
  reflection.extensionRequestCodec,
  reflection.fileDescriptorResponseCodec,
  reflection.listServiceResponseCodec,
  reflection.reflectionRequestCodec,
  reflection.reflectionResponseCodec,
  reflection.serviceResponseCodec,
  descriptor.descriptorProtoCodec,
  descriptor.enumDescriptorProtoCodec,
  descriptor.enumValueDescriptorProtoCodec,
  descriptor.fieldDescriptorProtoCodec,
  descriptor.fileDescriptorProtoCodec,
  descriptor.methodDescriptorProtoCodec,
  descriptor.oneofDescriptorProtoCodec,
  descriptor.serviceDescriptorProtoCodec,
];
