/**
 * A stand-in for `@std/streams`, for machines that cannot reach JSR.
 *
 * @module
 */

export {
  TextLineStream,
  type TextLineStreamOptions,
} from "./text_line_stream.ts";
export { toTransformStream } from "./to_transform_stream.ts";
