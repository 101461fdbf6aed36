/** google.protobuf.Any: a message with the name of its type. Flight SQL sends its commands in it. */

import { FlightError } from "../../core/flight_error.ts";
import {
  message,
  type MessageCodec,
  type MessageType,
} from "../../message/message.ts";
import { field } from "../../message/fields.ts";
import { bytes, string } from "../../message/scalars.ts";

/** A message of any type. */
interface Any {
  /** Its type: a URL that ends with the full name of the message. */
  readonly typeUrl: string;
  /** The bytes of the message. */
  readonly value: Uint8Array;
}

/** A message of any type, and its name. */
interface UnpackedAny extends Any {
  /** Full name of the message: all after the last `/` of the URL. */
  readonly name: string;
}

/** The codec of {@linkcode Any}. */
export const any: MessageType<Any> = message("google.protobuf.Any", {
  typeUrl: field(1, string),
  value: field(2, bytes),
});

/** Precedes the name in every type URL that is sent; peers compare all of it. */
const TYPE_URL_PREFIX = "type.googleapis.com/";

/**
 * Encodes a message and the name of its type.
 *
 * @param codec The codec of the message.
 * @param value The message.
 * @returns The bytes of the Any.
 * @throws {TypeError} When a field has a value of a wrong type.
 * @throws {RangeError} When a number is out of range.
 */
export function packAny<I>(
  codec: Pick<MessageCodec<unknown, I>, "name" | "encode">,
  value: I,
): Uint8Array {
  return any.encode({
    typeUrl: TYPE_URL_PREFIX + codec.name,
    value: codec.encode(value),
  });
}

/**
 * Decodes an Any, but not the message in it.
 *
 * @param bytes The bytes of the Any.
 * @returns The message, a view on `bytes`, with the name of its type; `undefined` where the bytes are no
 * Any with such a name.
 */
export function unpackAny(bytes: Uint8Array): UnpackedAny | undefined {
  let typeUrl: string;
  let value: Uint8Array;
  try {
    ({ typeUrl, value } = any.decode(bytes));
  } catch (error) {
    if (error instanceof FlightError) return undefined;
    throw error;
  }
  const name = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  return name === "" ? undefined : { typeUrl, name, value };
}
