/** The part for compressed bodies. */

import { Part } from "../../core/part.ts";

/** Codecs, and the reader of compressed bodies: needed for the first compressed message. */
export const compressionPart: Part<typeof import("./codecs.ts")> = new Part(
  "compressed data",
);
