/** Writes messages: "Length-Prefixed-Message" of gRPC over HTTP/2. */

import { writeUint32 } from "../base/bytes.ts";
import { FlightError } from "../core/flight_error.ts";
import { MAX_MESSAGE_BYTES } from "../core/limits.ts";
import type { OutgoingMessage } from "../seam/transport.ts";
import { PREFIX_BYTES } from "./message_reader.ts";

/**
 * Puts a message behind its prefix; nothing is copied.
 *
 * @throws {RangeError} When `message` contradicts itself.
 * @throws {FlightError} RESOURCE_EXHAUSTED when it is too large for Flight.
 */
export function withPrefix(
  { byteLength, chunks }: OutgoingMessage,
): OutgoingMessage {
  const parts: Uint8Array[] = [new Uint8Array(PREFIX_BYTES)];
  let sum = 0;
  for (const chunk of chunks) {
    sum += chunk.byteLength;
    parts.push(chunk);
  }
  checkMessageBytes(byteLength, sum);
  writeUint32(parts[0]!, 1, byteLength);
  return { byteLength: PREFIX_BYTES + byteLength, chunks: parts };
}

/**
 * Checks the length of an outgoing message.
 *
 * @param byteLength Length that the message states.
 * @param sum Total length of its chunks.
 * @throws {RangeError} When the two differ: the peer would wait for missing bytes, or take surplus
 * ones for a prefix.
 * @throws {FlightError} RESOURCE_EXHAUSTED when it is too large for Flight.
 */
export function checkMessageBytes(byteLength: number, sum: number): void {
  if (sum !== byteLength) {
    throw new RangeError(
      `Cannot send message: its chunks have ${sum} bytes, not ${byteLength}`,
    );
  }
  if (byteLength > MAX_MESSAGE_BYTES) {
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `the message of ${byteLength} bytes exceeds the limit of ` +
        `${MAX_MESSAGE_BYTES} bytes`,
    );
  }
}
