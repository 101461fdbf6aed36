/** What every entry point exports of data streams. */

export {
  type FlightInfoMessage,
  type FlightInfoMessages,
  FlightInfoStream,
} from "./flight_info_stream.ts";
export type {
  AnyColumns,
  FlightMessage,
  FlightMessageInit,
} from "./flight_message.ts";
export { FlightStream, type FlightStreamCall } from "./flight_stream.ts";
export { hydratedSchema } from "./hydrate.ts";
export { metadataBytes, metadataText } from "./lossless_text.ts";
export {
  type FlightDataInit,
  type FlightDataItem,
  recordBatches,
} from "./record_batch_source.ts";
export { decodeSchema, encodeSchema } from "./schema.ts";
