/** The part for received data. */

import { Part } from "../core/part.ts";

/** The decoder of data streams: needed for the first call that receives one. */
export const decoderPart: Part<typeof import("./stream_decoder.ts")> = new Part(
  "received data",
);
