/** Flight.proto: PutResult. */

import { field } from "../message/fields.ts";
import { converted, message, type MessageType } from "../message/message.ts";
import { bytesOrTextOrNone } from "../message/scalars.ts";
import { type Received, received } from "./received.ts";

/** Answer to an upload, as a client receives it: any number of these, at any time. */
export interface PutResult extends Received {
  /** Application bytes, such as an acknowledgement; `undefined` if there are none. */
  readonly appMetadata?: Uint8Array | undefined;
}

type PutResultBytes = Omit<PutResult, keyof Received>;

/** Answer to an upload, as a service gives it. */
export interface PutResultInit {
  /** Application bytes, or text that is sent as UTF-8; none by default. */
  readonly appMetadata?: Uint8Array | string | undefined;
}

/** The codec of {@linkcode PutResult}. */
export const putResultCodec: MessageType<PutResult, PutResultInit> = converted(
  message<PutResultBytes, PutResultInit>(
    "arrow.flight.protocol.PutResult",
    { appMetadata: field(1, bytesOrTextOrNone) },
  ),
  {
    decode: received(
      "PutResult.appMetadata",
      ({ appMetadata }: PutResultBytes) => appMetadata,
      "DoPut",
    ),
    encode: (result) => result,
  },
);
