/** The part for sent data. */

import "../loaded_first.ts";

export * from "../../stream/stream_encoder.ts";
