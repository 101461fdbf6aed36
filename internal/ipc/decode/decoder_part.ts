/** The part for received data. */

import { Part } from "../../core/part.ts";

/** The decoder of batches: needed for the first message with data. */
export const decoderPart: Part<typeof import("./ipc_decoder.ts")> = new Part(
  "received data",
  () => import("./ipc_decoder.ts"),
);
