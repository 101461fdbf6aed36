/** The exports of client, server and memory: the types of the protocol, errors, headers and data. */

export {
  type Action,
  type ActionType,
  PREDEFINED_ACTIONS,
  type Result,
} from "../protocol/action.ts";
export type { CancelStatus } from "../protocol/cancel_flight_info.ts";
export type { Criteria } from "../protocol/criteria.ts";
export type { FlightData } from "../protocol/flight_data.ts";
export {
  dateFromEpochNanoseconds,
  epochNanoseconds,
} from "../base/exact_time.ts";
export {
  commandDescriptor,
  type DescriptorInit,
  type FlightDescriptor,
  pathDescriptor,
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
} from "../core/flight_error.ts";
export {
  FlightHeaders,
  type FlightHeadersInit,
} from "../core/flight_headers.ts";
export type {
  FlightInfo,
  FlightInfoInit,
  SchemaInit,
} from "../protocol/flight_info.ts";
export type {
  HandshakeRequest,
  HandshakeResponse,
} from "../protocol/handshake.ts";
export type { IpcReadOptions, IpcWriteOptions } from "../core/ipc_options.ts";
export {
  type Location,
  type LocationInit,
  REUSE_CONNECTION,
} from "../protocol/location.ts";
export type { PollInfo, PollInfoInit } from "../protocol/poll_info.ts";
export type { PutResult, PutResultInit } from "../protocol/put_result.ts";
export type { Received } from "../protocol/received.ts";
export type {
  CloseSessionStatus,
  SessionOptionsInit,
  SessionOptionValue,
  SetSessionOptionError,
} from "../protocol/session_options.ts";
export type { Ticket, TicketInit } from "../protocol/ticket.ts";
export type { Iterables } from "../base/source.ts";
