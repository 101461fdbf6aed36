/**
 * A stand-in for `@std/streams`, for machines that cannot reach JSR.
 *
 * @module
 */

export {
  toArrayBuffer,
  toBlob,
  toBytes,
  toJson,
  toLines,
  toText,
} from "./collect.ts";
export {
  concatReadableStreams,
  earlyZipReadableStreams,
  mergeReadableStreams,
  zipReadableStreams,
} from "./combine.ts";
export {
  LimitedBytesTransformStream,
  type LimitedBytesTransformStreamOptions,
} from "./limited_bytes_transform_stream.ts";
export {
  TextLineStream,
  type TextLineStreamOptions,
} from "./text_line_stream.ts";
export { toTransformStream } from "./to_transform_stream.ts";
