/** Flight.proto: HandshakeRequest, HandshakeResponse, BasicAuth. */

import { field } from "../message/fields.ts";
import { message, type MessageType } from "../message/message.ts";
import { bytesOrNone, string, uint64 } from "../message/scalars.ts";
import { defaulted } from "../message/value.ts";

/** The fields of both messages. */
const FIELDS = {
  protocolVersion: field(1, defaulted(uint64)),
  payload: field(2, bytesOrNone),
};

/** One message of the client in a handshake. */
export interface HandshakeRequest {
  /** Version of the authentication protocol; its meaning is the service's own. 0 by default. */
  readonly protocolVersion?: bigint | undefined;
  /** Application bytes; `undefined` where there are none. */
  readonly payload?: Uint8Array | undefined;
}

/** The codec of {@linkcode HandshakeRequest}. */
export const handshakeRequestCodec: MessageType<HandshakeRequest> = message(
  "arrow.flight.protocol.HandshakeRequest",
  FIELDS,
);

/** One message of the server in a handshake. */
export interface HandshakeResponse {
  /** Version of the authentication protocol; its meaning is the service's own. 0 by default. */
  readonly protocolVersion?: bigint | undefined;
  /** Application bytes; `undefined` where there are none. */
  readonly payload?: Uint8Array | undefined;
}

/** The codec of {@linkcode HandshakeResponse}. */
export const handshakeResponseCodec: MessageType<HandshakeResponse> = message(
  "arrow.flight.protocol.HandshakeResponse",
  FIELDS,
);

/** The payload that C++, Go and Java exchange for user name and password. */
export interface BasicAuth {
  /** User name. */
  readonly username: string;
  /** Password. */
  readonly password: string;
}

/** The codec of {@linkcode BasicAuth}; its numbers begin at 2. */
export const basicAuthCodec: MessageType<BasicAuth> = message(
  "arrow.flight.protocol.BasicAuth",
  { username: field(2, string), password: field(3, string) },
);

/**
 * Encodes BasicAuth.
 *
 * @param auth User name and password.
 * @returns The message.
 * @throws {TypeError} When it is not BasicAuth.
 */
export function encodeBasicAuth(auth: BasicAuth): Uint8Array {
  return basicAuthCodec.encode(auth);
}

/**
 * Decodes BasicAuth.
 *
 * @param bytes The message.
 * @returns User name and password.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeBasicAuth(bytes: Uint8Array): BasicAuth {
  return basicAuthCodec.decode(bytes);
}
