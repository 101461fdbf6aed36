/** Flight.proto: the session options. */

import type {
  CloseSessionResult,
  GetSessionOptionsResult,
  SessionOptionValue,
  SetSessionOptionsRequest,
  SetSessionOptionsResult,
} from "../protocol/session_options.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as close from "../../proto/flight/close_session.ts";
import * as get from "../../proto/flight/get_session_options.ts";
import type * as proto from "../../proto/flight/session_option_value.ts";
import * as set from "../../proto/flight/set_session_options.ts";
import {
  checkArray,
  checkInteger,
  checkMap,
  checkObject,
  checkString,
} from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";
import { enumName, enumNumber } from "./fields/enum_name.ts";

const { SetSessionOptionsResult_ErrorValue: ERRORS } = set;
const { CloseSessionResult_Status: STATUSES } = close;

/**
 * Encodes a SetSessionOptionsRequest.
 *
 * @param request The request.
 * @returns The message.
 * @throws {TypeError} When it is not a SetSessionOptionsRequest.
 * @throws {RangeError} When a bigint is not an int64.
 */
export function encodeSetSessionOptionsRequest(
  request: SetSessionOptionsRequest,
): Uint8Array {
  return finish(
    set.encodeSetSessionOptionsRequest(
      optionsToMessage(request, "SetSessionOptionsRequest"),
    ),
  );
}

/**
 * Decodes a SetSessionOptionsRequest.
 *
 * @param bytes The message.
 * @returns The request.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeSetSessionOptionsRequest(
  bytes: Uint8Array,
): SetSessionOptionsRequest {
  return optionsFromMessage(
    decodeMessage(
      "SetSessionOptionsRequest",
      bytes,
      set.decodeSetSessionOptionsRequest,
    ),
  );
}

/**
 * Encodes a SetSessionOptionsResult.
 *
 * @param result The result.
 * @returns The message.
 * @throws {TypeError} When it is not a SetSessionOptionsResult.
 */
export function encodeSetSessionOptionsResult(
  result: SetSessionOptionsResult,
): Uint8Array {
  const field = "SetSessionOptionsResult.errors";
  const errors = new Map<string, set.SetSessionOptionsResult_Error>();
  for (
    const [name, error] of checkMap(
      checkObject(result, "SetSessionOptionsResult").errors,
      field,
    )
  ) {
    errors.set(checkString(name, `a key of ${field}`), {
      value: enumNumber(ERRORS, error, `${field}.get("${name}")`),
    });
  }
  return finish(set.encodeSetSessionOptionsResult({ errors }));
}

/**
 * Decodes a SetSessionOptionsResult.
 *
 * @param bytes The message.
 * @returns The result; UNSPECIFIED where an error is not known here.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeSetSessionOptionsResult(
  bytes: Uint8Array,
): SetSessionOptionsResult {
  const { errors } = decodeMessage(
    "SetSessionOptionsResult",
    bytes,
    set.decodeSetSessionOptionsResult,
  );
  return {
    errors: new Map(
      Array.from(
        errors,
        ([name, { value }]) => [name, enumName(ERRORS, value, "UNSPECIFIED")],
      ),
    ),
  };
}

/**
 * Encodes a GetSessionOptionsResult.
 *
 * @param result The result.
 * @returns The message.
 * @throws {TypeError} When it is not a GetSessionOptionsResult.
 * @throws {RangeError} When a bigint is not an int64.
 */
export function encodeGetSessionOptionsResult(
  result: GetSessionOptionsResult,
): Uint8Array {
  return finish(
    get.encodeGetSessionOptionsResult(
      optionsToMessage(result, "GetSessionOptionsResult"),
    ),
  );
}

/**
 * Decodes a GetSessionOptionsResult.
 *
 * @param bytes The message.
 * @returns The result.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeGetSessionOptionsResult(
  bytes: Uint8Array,
): GetSessionOptionsResult {
  return optionsFromMessage(
    decodeMessage(
      "GetSessionOptionsResult",
      bytes,
      get.decodeGetSessionOptionsResult,
    ),
  );
}

/**
 * Encodes a CloseSessionResult.
 *
 * @param result The result.
 * @returns The message.
 * @throws {TypeError} When it is not a CloseSessionResult.
 */
export function encodeCloseSessionResult(
  result: CloseSessionResult,
): Uint8Array {
  const { status } = checkObject(result, "CloseSessionResult");
  return finish(close.encodeCloseSessionResult({
    status: enumNumber(STATUSES, status, "CloseSessionResult.status"),
  }));
}

/**
 * Decodes a CloseSessionResult.
 *
 * @param bytes The message.
 * @returns The result; UNSPECIFIED where the status is not known here.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeCloseSessionResult(
  bytes: Uint8Array,
): CloseSessionResult {
  const { status } = decodeMessage(
    "CloseSessionResult",
    bytes,
    close.decodeCloseSessionResult,
  );
  return { status: enumName(STATUSES, status, "UNSPECIFIED") };
}

// SetSessionOptionsRequest and GetSessionOptionsResult have the same field.

function optionsToMessage(
  holder: SetSessionOptionsRequest | GetSessionOptionsResult,
  name: string,
): set.SetSessionOptionsRequest & get.GetSessionOptionsResult {
  const field = `${name}.sessionOptions`;
  const sessionOptions = new Map<string, proto.SessionOptionValue>();
  for (
    const [key, value] of checkMap(
      checkObject(holder, name).sessionOptions,
      field,
    )
  ) {
    sessionOptions.set(
      checkString(key, `a key of ${field}`),
      valueToMessage(value, `${field}.get("${key}")`),
    );
  }
  return { sessionOptions };
}

function optionsFromMessage(
  message: set.SetSessionOptionsRequest | get.GetSessionOptionsResult,
): SetSessionOptionsRequest & GetSessionOptionsResult {
  return {
    sessionOptions: new Map(
      Array.from(
        message.sessionOptions,
        ([key, value]) => [key, valueFromMessage(value)],
      ),
    ),
  };
}

function valueToMessage(
  value: SessionOptionValue,
  field: string,
): proto.SessionOptionValue {
  return { optionValue: choiceOf(value, field) };
}

function choiceOf(
  value: SessionOptionValue,
  field: string,
): proto.SessionOptionValue["optionValue"] {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "string":
      return { case: "stringValue", value: checkString(value, field) };
    case "boolean":
      return { case: "boolValue", value };
    case "bigint": {
      const int64 = checkInteger(value, field, -(2n ** 63n), 2n ** 63n - 1n);
      return { case: "int64Value", value: int64 };
    }
    case "number":
      return { case: "doubleValue", value };
    default: {
      const values = checkArray(value, field).map((element, i) =>
        checkString(element, `${field}[${i}]`)
      );
      return { case: "stringListValue", value: { values } };
    }
  }
}

function valueFromMessage(
  { optionValue }: proto.SessionOptionValue,
): SessionOptionValue {
  return optionValue?.case === "stringListValue"
    ? optionValue.value.values
    : optionValue?.value;
}
