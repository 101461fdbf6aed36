/** Flight.proto: PutResult. */

import { field } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { bytesOrNone } from "../message/scalars.ts";

/** Answer of a service to an upload: any number of these, at any time. */
export interface PutResult {
  /** Application bytes, such as an acknowledgement; `undefined` where there are none. */
  readonly appMetadata?: Uint8Array | undefined;
}

/** The codec of {@linkcode PutResult}. */
export const putResultCodec: MessageType<PutResult> = message(
  "arrow.flight.protocol.PutResult",
  { appMetadata: field(1, bytesOrNone) },
);
