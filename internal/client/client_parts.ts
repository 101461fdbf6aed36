/** Puts the parts of the client in place, where nothing has to be loaded later. */

import * as reading from "../read/endpoint_reading.ts";
import { readPart } from "../read/read_part.ts";
import { encoderPart } from "../stream/encoder_part.ts";
import * as encoder from "../stream/stream_encoder.ts";
import { putCodecParts } from "../stream/codec_parts.ts";
import { actionsPart } from "./actions_part.ts";
import * as actions from "./predefined_actions.ts";

/** Puts all parts that a client needs in place. */
export function putClientParts(): void {
  putCodecParts();
  encoderPart.put(encoder);
  actionsPart.put(actions);
  readPart.put(reading);
}
