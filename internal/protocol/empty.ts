/** Flight.proto: Empty, and the other messages without fields. */

import { message, type MessageType } from "../message/message.ts";

/** A message without fields. */
export type Empty = Record<never, never>;

/** The codec of {@linkcode Empty}, the request of ListActions. */
export const emptyCodec: MessageType<Empty> = message(
  "arrow.flight.protocol.Empty",
  {},
);

/** The codec of the body of the predefined action `GetSessionOptions`. */
export const getSessionOptionsRequestCodec: MessageType<Empty> = message(
  "arrow.flight.protocol.GetSessionOptionsRequest",
  {},
);

/** The codec of the body of the predefined action `CloseSession`. */
export const closeSessionRequestCodec: MessageType<Empty> = message(
  "arrow.flight.protocol.CloseSessionRequest",
  {},
);
