/** Flight.proto: PutResult. */

import type { PutResult } from "../protocol/put_result.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/put_result.ts";
import { bytesOrUndefined, omitUndefined } from "./fields/absent_field.ts";
import { checkObject, checkOptionalBytes } from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";

/**
 * Encodes a PutResult.
 *
 * @param result The result.
 * @returns The message.
 * @throws {TypeError} When it is not a PutResult.
 */
export function encodePutResult(result: PutResult): Uint8Array {
  const { appMetadata } = checkObject(result, "PutResult");
  return finish(proto.encodePutResult(copyUnknownFields(result, {
    appMetadata: checkOptionalBytes(appMetadata, "PutResult.appMetadata"),
  })));
}

/**
 * Decodes a PutResult.
 *
 * @param bytes The message.
 * @returns The result; its bytes are a view on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodePutResult(bytes: Uint8Array): PutResult {
  const message = decodeMessage("PutResult", bytes, proto.decodePutResult);
  const appMetadata = bytesOrUndefined(message.appMetadata);
  return copyUnknownFields(message, omitUndefined({ appMetadata }));
}
