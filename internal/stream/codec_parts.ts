/** Puts the parts for data in place, where nothing has to be loaded later. */

import * as codecs from "../ipc/compression/codecs.ts";
import { compressionPart } from "../ipc/compression/compression_part.ts";
import { decoderPart } from "../ipc/decode/decoder_part.ts";
import * as decoder from "../ipc/decode/ipc_decoder.ts";

/** Puts the parts that a server needs in place. */
export function putCodecParts(): void {
  compressionPart.put(codecs);
  decoderPart.put(decoder);
}
