/** The one place where a decoder's failure becomes a FlightError. */

import { FlightError } from "../core/flight_error.ts";
import { WireFormatError } from "../../proto/runtime/wire_format_error.ts";
import { WireReader } from "../../proto/runtime/wire_reader.ts";

/**
 * Decodes what a peer sent.
 *
 * @param name Name of the message, for the error.
 * @param bytes The whole message.
 * @param decode Decodes it; a WireFormatError says what is wrong.
 * @returns What `decode` returns.
 * @throws {FlightError} INVALID_ARGUMENT, when the bytes are not such a message.
 * @throws {TypeError} When `bytes` is not a Uint8Array.
 */
export function decodeMessage<T>(
  name: string,
  bytes: Uint8Array,
  decode: (reader: WireReader) => T,
): T {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`Cannot decode ${name}: a Uint8Array is expected`);
  }
  try {
    return decode(new WireReader(bytes));
  } catch (cause) {
    // Anything else is a mistake of ours and must not pass for the peer's.
    if (!(cause instanceof WireFormatError)) throw cause;
    throw new FlightError(
      "INVALID_ARGUMENT",
      `Cannot decode ${name}: ${cause.message}`,
      { cause },
    );
  }
}
