/** Puts the parts for data in place, where nothing has to be loaded later. */

import * as codecs from "../ipc/compression/codecs.ts";
import { compressionPart } from "../ipc/compression/compression_part.ts";
import { decoderPart } from "./decoder_part.ts";
import * as decoder from "./flight_data_decoder.ts";

/** Puts the parts that a server needs in place. */
export function putCodecParts(): void {
  compressionPart.put(codecs);
  decoderPart.put(decoder);
}
