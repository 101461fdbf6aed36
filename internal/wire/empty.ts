/** Flight.proto: Empty, and the other messages without fields. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import * as proto from "../../proto/flight/empty.ts";
import { decodeMessage } from "../message/decode_message.ts";

/**
 * Encodes Empty, GetSessionOptionsRequest or CloseSessionRequest.
 *
 * @returns The message, which has no bytes.
 */
export function encodeEmpty(): Uint8Array {
  return EMPTY_BYTES;
}

/**
 * Decodes a message without fields; those of later versions are skipped.
 *
 * @param bytes The message.
 * @param name Name of the message, for the error.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeEmpty(bytes: Uint8Array, name = "Empty"): void {
  decodeMessage(name, bytes, proto.decodeEmpty);
}
