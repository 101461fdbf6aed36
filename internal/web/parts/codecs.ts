/** The part for compressed data. */

import "../loaded_first.ts";

export * from "../../ipc/compression/codecs.ts";
