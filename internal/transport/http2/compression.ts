/** Compressed messages: gRPC's compression.md. We read them, and send none. */

import { quoted } from "../../base/quoted.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { Inflation, MessageEncoding } from "../inflater.ts";
import type { TransportLimits } from "./options.ts";

/** Value of the header grpc-accept-encoding. */
export const ACCEPTED_ENCODINGS = "identity,gzip,deflate";

/** Reports whether messages in `encoding` can be read. */
export function isAcceptedEncoding(encoding: string): boolean {
  return encoding === "identity" || isCompressed(encoding);
}

/**
 * Starts to decompress a message.
 *
 * @param bytes The message.
 * @param encoding The header grpc-encoding.
 * @param limits Limits of this message, and of all together.
 * @throws {FlightError} INTERNAL when the encoding is unknown.
 */
export function decompress(
  bytes: Uint8Array,
  encoding: string | undefined,
  { inflater, maxReceiveMessageBytes }: TransportLimits,
): Inflation {
  if (encoding !== undefined && isCompressed(encoding)) {
    return inflater.begin(bytes, encoding, maxReceiveMessageBytes);
  }
  throw new FlightError(
    "INTERNAL",
    encoding === undefined || encoding === "identity"
      ? "the message is compressed, but grpc-encoding names no compression"
      : `the message has the encoding ${quoted(encoding, 40)}, ` +
        "which cannot be read",
    { origin: "remote" },
  );
}

function isCompressed(encoding: string): encoding is MessageEncoding {
  return encoding === "gzip" || encoding === "deflate";
}
