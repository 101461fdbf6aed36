/** The part for received data. */

import "../loaded_first.ts";

export * from "../../stream/stream_decoder.ts";
