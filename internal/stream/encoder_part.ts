/** The part for sent data. */

import { Part } from "../core/part.ts";

/** The encoder of batches: needed for the first upload or exchange. */
export const encoderPart: Part<typeof import("./stream_encoder.ts")> = new Part(
  "sent data",
);
