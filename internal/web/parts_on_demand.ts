/** Has the parts of the client loaded when they are first needed. */

import { actionsPart } from "../client/actions_part.ts";
import { compressionPart } from "../ipc/compression/compression_part.ts";
import { rebuiltPart } from "../ipc/decode/rebuilt_part.ts";
import { readPart } from "../read/read_part.ts";
import { decoderPart } from "../stream/decoder_part.ts";
import { encoderPart } from "../stream/encoder_part.ts";
import { schemaPart } from "../stream/schema_part.ts";
import { webSocketPart } from "../transport/grpc_web/sockets/socket_calls.ts";

/** Tells where each part is, and loads none. */
export function partsOnDemand(): void {
  decoderPart.loadBy(() => import("./parts/decoder.ts"));
  compressionPart.loadBy(() => import("./parts/codecs.ts"));
  rebuiltPart.loadBy(() => import("./parts/rebuilt.ts"));
  encoderPart.loadBy(() => import("./parts/encoder.ts"));
  schemaPart.loadBy(() => import("./parts/schemas.ts"));
  readPart.loadBy(() => import("./parts/reading.ts"));
  actionsPart.loadBy(() => import("./parts/actions.ts"));
  webSocketPart.loadBy(() => import("./parts/sockets.ts"));
}
