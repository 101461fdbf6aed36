/** Flight.proto: Criteria. */

import type { Criteria, CriteriaInit } from "../protocol/criteria.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/criteria.ts";
import { bytesOrUndefined, omitUndefined } from "./fields/absent_field.ts";
import {
  checkObject,
  checkOptionalBytesOrText,
} from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";

/**
 * Encodes Criteria.
 *
 * @param init The flights to list.
 * @returns The message.
 * @throws {TypeError} When they are not Criteria.
 */
export function encodeCriteria(init: CriteriaInit): Uint8Array {
  const criteria = typeof init === "string" ? { expression: init } : init;
  const { expression } = checkObject(criteria, "Criteria");
  return finish(proto.encodeCriteria(copyUnknownFields(criteria, {
    expression: checkOptionalBytesOrText(expression, "Criteria.expression"),
  })));
}

/**
 * Decodes Criteria.
 *
 * @param bytes The message.
 * @returns Which flights to list; the expression is a view on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeCriteria(bytes: Uint8Array): Criteria {
  const message = decodeMessage("Criteria", bytes, proto.decodeCriteria);
  const expression = bytesOrUndefined(message.expression);
  return copyUnknownFields(message, omitUndefined({ expression }));
}
