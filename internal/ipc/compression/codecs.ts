/** The code of the part for compressed bodies. */

export { BODY_CODECS } from "./body_compression.ts";
export { CompressedBody } from "./compressed_body.ts";
