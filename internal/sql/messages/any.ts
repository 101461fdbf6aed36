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

/** Tags of the fields of an Any: number and wire type. */
const TYPE_URL_TAG = 0x0a;
const VALUE_TAG = 0x12;

/** Least length that does not fit into one byte. */
const LONG = 0x80;

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

/** A type URL as it came, and what it says. */
interface KnownUrl {
  readonly bytes: Uint8Array;
  readonly typeUrl: string;
  readonly name: string;
}

/** The last type URLs, of which there are few. */
const urls: KnownUrl[] = [];
const MAX_URLS = 8;
let nextUrl = 0;

/**
 * Decodes an Any, but not the message in it.
 *
 * @param bytes The bytes of the Any.
 * @returns The message, a view on `bytes`, with the name of its type; `undefined` where the bytes are no
 * Any with such a name.
 */
export function unpackAny(bytes: Uint8Array): UnpackedAny | undefined {
  const start = valueStart(bytes);
  if (start !== undefined) {
    for (const { bytes: url, typeUrl, name } of urls) {
      if (isUrlOf(bytes, url)) {
        return { typeUrl, name, value: bytes.subarray(start) };
      }
    }
  }
  let typeUrl: string;
  let value: Uint8Array;
  try {
    ({ typeUrl, value } = any.decode(bytes));
  } catch (error) {
    if (error instanceof FlightError) return undefined;
    throw error;
  }
  const name = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  if (name === "") return undefined;
  if (start !== undefined) {
    // Not slice(), which is a view if it is a Buffer.
    const url = new Uint8Array(bytes.subarray(2, 2 + bytes[1]!));
    urls[nextUrl] = { bytes: url, typeUrl, name };
    nextUrl = (nextUrl + 1) % MAX_URLS;
  }
  return { typeUrl, name, value };
}

/** The position of the value in an Any of both fields, each once, in their order and of few bytes: almost every one. */
function valueStart(bytes: Uint8Array): number | undefined {
  if (bytes[0] !== TYPE_URL_TAG || !(bytes[1]! < LONG)) return undefined;
  const at = 2 + bytes[1]!;
  if (bytes[at] !== VALUE_TAG || !(bytes[at + 1]! < LONG)) return undefined;
  return bytes.length === at + 2 + bytes[at + 1]! ? at + 2 : undefined;
}

/** Compares from the end, where type URLs differ. */
function isUrlOf(any: Uint8Array, url: Uint8Array): boolean {
  if (any[1] !== url.length) return false;
  for (let i = url.length - 1; i >= 0; i--) {
    if (any[2 + i] !== url[i]) return false;
  }
  return true;
}
