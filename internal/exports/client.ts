/** The exports of client and memory: the client without its connection. */

export type { FlightClient } from "../client/flight_client.ts";
export type {
  FlightClientOptions,
  FlightGetOptions,
  FlightHandshake,
  FlightPutOptions,
  FlightWriteOptions,
} from "../client/flight_client_options.ts";
export type { FlightExchange } from "../client/flight_exchange.ts";
export type { FlightStreamWriter } from "../client/flight_stream_writer.ts";
export type { FlightUpload } from "../client/flight_upload.ts";
export type { FlightCallOptions } from "../core/call_options.ts";
export type { FlightPollOptions } from "../read/flight_info_poller.ts";
export type { FlightReadOptions } from "../read/flight_info_reader.ts";
export type { EndpointsStream } from "../stream/endpoints_stream.ts";
