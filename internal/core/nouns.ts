/** What every entry point exports: the nouns of the protocol, errors and headers. */

export {
  type Action,
  type ActionType,
  CANCEL_FLIGHT_INFO,
  CLOSE_SESSION,
  GET_SESSION_OPTIONS,
  RENEW_FLIGHT_ENDPOINT,
  type Result,
  SET_SESSION_OPTIONS,
} from "./action.ts";
export type { FlightCallOptions } from "./call_options.ts";
export type {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CancelStatus,
} from "./cancel_flight_info.ts";
export type { Criteria } from "./criteria.ts";
export type { FlightData } from "./flight_data.ts";
export { dateFromEpochNanoseconds, epochNanoseconds } from "./exact_time.ts";
export {
  type CommandDescriptor,
  commandDescriptor,
  type FlightDescriptor,
  type PathDescriptor,
  pathDescriptor,
  type UnknownDescriptor,
} from "./flight_descriptor.ts";
export type { FlightEndpoint, FlightEndpointInit } from "./flight_endpoint.ts";
export {
  FLIGHT_ERROR_CODES,
  FlightError,
  type FlightErrorCode,
  type FlightErrorOptions,
  type FlightErrorOrigin,
} from "./flight_error.ts";
export {
  FlightHeaders,
  type FlightHeadersInit,
  type FlightHeaderValue,
} from "./flight_headers.ts";
export type { FlightInfo, FlightInfoInit, SchemaInit } from "./flight_info.ts";
export type {
  BasicAuth,
  HandshakeRequest,
  HandshakeResponse,
} from "./handshake.ts";
export type {
  Compression,
  DictionaryHandling,
  IpcReadOptions,
  IpcWriteOptions,
} from "./ipc_options.ts";
export {
  DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES,
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
} from "./limits.ts";
export {
  type Location,
  type LocationInit,
  REUSE_CONNECTION,
} from "./location.ts";
export {
  FLIGHT_METHODS,
  FLIGHT_SERVICE_NAME,
  type FlightMethod,
} from "./methods.ts";
export type { PeerCertificate, SubjectAltName } from "./peer_certificate.ts";
export type { PollInfo, PollInfoInit } from "./poll_info.ts";
export type { PutResult } from "./put_result.ts";
export type { RenewFlightEndpointRequest } from "./renew_flight_endpoint.ts";
export type { ServingStatus } from "./serving_status.ts";
export type {
  CloseSessionResult,
  CloseSessionStatus,
  GetSessionOptionsResult,
  SessionOptionsInit,
  SessionOptionValue,
  SetSessionOptionError,
  SetSessionOptionsRequest,
  SetSessionOptionsResult,
} from "./session_options.ts";
export type { Ticket, TicketInit } from "./ticket.ts";
