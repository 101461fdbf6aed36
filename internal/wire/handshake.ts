/** Flight.proto: HandshakeRequest, HandshakeResponse, BasicAuth. */

import type {
  BasicAuth,
  HandshakeRequest,
  HandshakeResponse,
} from "../protocol/handshake.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/handshake.ts";
import { bytesOrUndefined, omitUndefined } from "./fields/absent_field.ts";
import {
  checkInteger,
  checkObject,
  checkOptionalBytes,
  checkString,
} from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";

/**
 * Encodes a HandshakeRequest.
 *
 * @param request The request.
 * @returns The message.
 * @throws {TypeError} When it is not a HandshakeRequest.
 * @throws {RangeError} When the version is not a uint64.
 */
export function encodeHandshakeRequest(request: HandshakeRequest): Uint8Array {
  return finish(
    proto.encodeHandshakeRequest(toMessage(request, "HandshakeRequest")),
  );
}

/**
 * Decodes a HandshakeRequest.
 *
 * @param bytes The message.
 * @returns The request; its payload is a view on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeHandshakeRequest(bytes: Uint8Array): HandshakeRequest {
  return fromMessage(
    decodeMessage("HandshakeRequest", bytes, proto.decodeHandshakeRequest),
  );
}

/**
 * Encodes a HandshakeResponse.
 *
 * @param response The response.
 * @returns The message.
 * @throws {TypeError} When it is not a HandshakeResponse.
 * @throws {RangeError} When the version is not a uint64.
 */
export function encodeHandshakeResponse(
  response: HandshakeResponse,
): Uint8Array {
  return finish(
    proto.encodeHandshakeResponse(toMessage(response, "HandshakeResponse")),
  );
}

/**
 * Decodes a HandshakeResponse.
 *
 * @param bytes The message.
 * @returns The response; its payload is a view on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeHandshakeResponse(bytes: Uint8Array): HandshakeResponse {
  return fromMessage(
    decodeMessage("HandshakeResponse", bytes, proto.decodeHandshakeResponse),
  );
}

/**
 * Encodes BasicAuth.
 *
 * @param auth User name and password.
 * @returns The message.
 * @throws {TypeError} When it is not BasicAuth.
 */
export function encodeBasicAuth(auth: BasicAuth): Uint8Array {
  const { username, password } = checkObject(auth, "BasicAuth");
  return finish(proto.encodeBasicAuth({
    username: checkString(username, "BasicAuth.username"),
    password: checkString(password, "BasicAuth.password"),
  }));
}

/**
 * Decodes BasicAuth.
 *
 * @param bytes The message.
 * @returns User name and password.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeBasicAuth(bytes: Uint8Array): BasicAuth {
  return decodeMessage("BasicAuth", bytes, proto.decodeBasicAuth);
}

// The two messages have the same fields.

function toMessage(
  value: HandshakeRequest | HandshakeResponse,
  name: string,
): proto.HandshakeRequest & proto.HandshakeResponse {
  const { protocolVersion, payload } = checkObject(value, name);
  return copyUnknownFields(value, {
    protocolVersion: checkInteger(
      protocolVersion === undefined ? 0n : protocolVersion,
      `${name}.protocolVersion`,
      0n,
      2n ** 64n - 1n,
    ),
    payload: checkOptionalBytes(payload, `${name}.payload`),
  });
}

function fromMessage(
  message: proto.HandshakeRequest | proto.HandshakeResponse,
): HandshakeRequest & HandshakeResponse {
  const { protocolVersion } = message;
  const payload = bytesOrUndefined(message.payload);
  return copyUnknownFields(
    message,
    omitUndefined({ protocolVersion, payload }),
  );
}
