/** The exports of every entry point: the types of the protocol, errors and headers. */

export {
  type Action,
  type ActionInit,
  type ActionType,
  CANCEL_FLIGHT_INFO,
  CLOSE_SESSION,
  GET_SESSION_OPTIONS,
  RENEW_FLIGHT_ENDPOINT,
  type Result,
  type ResultInit,
  SET_SESSION_OPTIONS,
} from "../protocol/action.ts";
export type { FlightCallOptions } from "../core/call_options.ts";
export type {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CancelStatus,
} from "../protocol/cancel_flight_info.ts";
export type { Criteria, CriteriaInit } from "../protocol/criteria.ts";
export type { FlightData } from "../protocol/flight_data.ts";
export {
  dateFromEpochNanoseconds,
  epochNanoseconds,
} from "../protocol/exact_time.ts";
export {
  type CommandDescriptor,
  commandDescriptor,
  type DescriptorInit,
  type FlightDescriptor,
  type PathDescriptor,
  pathDescriptor,
  type UnknownDescriptor,
} from "../protocol/flight_descriptor.ts";
export type {
  FlightEndpoint,
  FlightEndpointInit,
} from "../protocol/flight_endpoint.ts";
export {
  FLIGHT_ERROR_CODES,
  FlightError,
  type FlightErrorCode,
  type FlightErrorOptions,
  type FlightErrorOrigin,
} from "../core/flight_error.ts";
export {
  FlightHeaders,
  type FlightHeadersInit,
  type FlightHeaderValue,
} from "../core/flight_headers.ts";
export type {
  FlightInfo,
  FlightInfoInit,
  SchemaInit,
} from "../protocol/flight_info.ts";
export type {
  BasicAuth,
  HandshakeRequest,
  HandshakeResponse,
} from "../protocol/handshake.ts";
export type {
  Compression,
  DictionaryHandling,
  IpcReadOptions,
  IpcWriteOptions,
} from "../core/ipc_options.ts";
export {
  DEFAULT_MAX_DECOMPRESSED_MESSAGE_BYTES,
  DEFAULT_MAX_RECEIVE_MESSAGE_BYTES,
} from "../core/limits.ts";
export {
  type Location,
  type LocationInit,
  REUSE_CONNECTION,
} from "../protocol/location.ts";
export {
  FLIGHT_METHODS,
  FLIGHT_SERVICE_NAME,
  type FlightMethod,
} from "../protocol/methods.ts";
export type {
  PeerCertificate,
  SubjectAltName,
} from "../core/peer_certificate.ts";
export type { PollInfo, PollInfoInit } from "../protocol/poll_info.ts";
export type { PutResult } from "../protocol/put_result.ts";
export type { RenewFlightEndpointRequest } from "../protocol/renew_flight_endpoint.ts";
export type { ServingStatus } from "../protocol/serving_status.ts";
export type {
  CloseSessionResult,
  CloseSessionStatus,
  GetSessionOptionsResult,
  SessionOptionsInit,
  SessionOptionValue,
  SetSessionOptionError,
  SetSessionOptionsRequest,
  SetSessionOptionsResult,
} from "../protocol/session_options.ts";
export type { Ticket, TicketInit } from "../protocol/ticket.ts";
