/** Puts the parts for data in place, where nothing has to be loaded later. */

import * as codecs from "../ipc/compression/codecs.ts";
import { compressionPart } from "../ipc/compression/compression_part.ts";
import * as rebuilt from "../ipc/decode/rebuilt_arrays.ts";
import { rebuiltPart } from "../ipc/decode/rebuilt_part.ts";
import * as schemas from "./announced_schema.ts";
import { decoderPart } from "./decoder_part.ts";
import * as decoder from "./stream_decoder.ts";
import { schemaPart } from "./schema_part.ts";

/** Puts the parts that a server needs in place. */
export function putCodecParts(): void {
  compressionPart.put(codecs);
  decoderPart.put(decoder);
  rebuiltPart.put(rebuilt);
  schemaPart.put(schemas);
}
