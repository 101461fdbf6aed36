/** The exports of `./data`, client, server and memory for data streams. */

export * from "./data_types.ts";
export { hydratedSchema } from "../arrow/hydrate.ts";
export {
  type ColumnEncoding,
  encodingOf,
  listView,
  runEndEncoded,
  withoutEncodings,
} from "../arrow/encodings/encoding.ts";
export { type ColumnRuns, runsOf } from "../arrow/encodings/run_ends.ts";
export { typeText } from "../arrow/types/type_text.ts";
export { exactTable } from "../arrow/values/exact_table.ts";
export {
  type ExactValueOptions,
  exactValues,
  exactVector,
} from "../arrow/values/exact_values.ts";
export { metadataBytes, metadataText } from "../ipc/lossless_text.ts";
export { recordBatches } from "../stream/record_batch_source.ts";
export {
  decodeDescriptor,
  decodeFlightInfo,
  encodeDescriptor,
  encodeFlightInfo,
} from "../stream/info_bytes.ts";
export { decodeSchema } from "../ipc/decode_schema.ts";
export { encodeSchema } from "../ipc/encode_schema.ts";
