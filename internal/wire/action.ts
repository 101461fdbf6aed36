/** Flight.proto: Action, ActionType, Result. */

import {
  type Action,
  type ActionInit,
  type ActionType,
  type Result,
  type ResultInit,
  toResult,
} from "../protocol/action.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/action.ts";
import {
  checkBytesOrText,
  checkObject,
  checkOptionalBytesOrText,
  checkString,
} from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";

/**
 * Encodes an Action.
 *
 * @param init The action, or the type of one without a body.
 * @returns The message.
 * @throws {TypeError} When it is not an action.
 */
export function encodeAction(init: ActionInit): Uint8Array {
  const action = typeof init === "string" ? { type: init } : init;
  const { type, body } = checkObject<Exclude<ActionInit, string>>(
    action,
    "Action",
  );
  return finish(proto.encodeAction(copyUnknownFields(action, {
    type: checkString(type, "Action.type"),
    body: checkOptionalBytesOrText(body, "Action.body"),
  })));
}

/**
 * Decodes an Action.
 *
 * @param bytes The message.
 * @returns The action; its body, possibly empty, is a view on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeAction(bytes: Uint8Array): Action {
  return decodeMessage("Action", bytes, proto.decodeAction);
}

/**
 * Encodes an ActionType.
 *
 * @param type The type of action.
 * @returns The message.
 * @throws {TypeError} When it is not an ActionType.
 */
export function encodeActionType(type: ActionType): Uint8Array {
  const { type: name, description } = checkObject(type, "ActionType");
  return finish(proto.encodeActionType(copyUnknownFields(type, {
    type: checkString(name, "ActionType.type"),
    description: checkString(description, "ActionType.description"),
  })));
}

/**
 * Decodes an ActionType.
 *
 * @param bytes The message.
 * @returns The type of action.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeActionType(bytes: Uint8Array): ActionType {
  return decodeMessage("ActionType", bytes, proto.decodeActionType);
}

/**
 * Encodes a Result.
 *
 * @param result The result.
 * @returns The message.
 * @throws {TypeError} When it is not a Result.
 */
export function encodeResult(result: ResultInit): Uint8Array {
  const { body } = checkObject(result, "Result");
  return finish(proto.encodeResult(
    copyUnknownFields(result, { body: checkBytesOrText(body, "Result.body") }),
  ));
}

/**
 * Decodes a Result.
 *
 * @param bytes The message.
 * @returns The result; its body is a view on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeResult(bytes: Uint8Array): Result {
  return toResult(decodeMessage("Result", bytes, proto.decodeResult));
}
