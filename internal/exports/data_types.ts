/** The types of data streams, whose import loads nothing. */

export type {
  AnyColumns,
  FlightMessage,
  FlightMessageInit,
} from "../stream/flight_message.ts";
export type { FlightStream } from "../stream/flight_stream.ts";
export type {
  FlightDataInit,
  FlightDataItem,
} from "../stream/record_batch_source.ts";
