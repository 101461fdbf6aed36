/** Flight.proto: the session options (experimental there). */

import { valueName } from "../base/value_name.ts";
import {
  checkArray,
  checkInteger,
  checkName,
  checkString,
} from "../message/check_field.ts";
import { enumeration } from "../message/enumeration.ts";
import { field, map, oneof, repeated } from "../message/fields.ts";
import type { FieldPath } from "../message/field_path.ts";
import { converted, message, type MessageType } from "../message/message.ts";
import { bool, double, sfixed64, string } from "../message/scalars.ts";

/**
 * Value of a session option: string, bool, int64 (`bigint`), double (`number`) or string list;
 * `undefined` unsets the option.
 */
export type SessionOptionValue =
  | string
  | boolean
  | bigint
  | number
  | readonly string[]
  | undefined;

/** A value as it is on the wire: one of five fields, or none. */
interface ValueFields {
  readonly optionValue?:
    | { readonly case: "stringValue"; readonly value: string }
    | { readonly case: "boolValue"; readonly value: boolean }
    | { readonly case: "int64Value"; readonly value: bigint }
    | { readonly case: "doubleValue"; readonly value: number }
    | { readonly case: "stringListValue"; readonly value: StringList }
    | undefined;
}

/** A list of texts as it is on the wire. */
interface StringList {
  readonly values: readonly string[];
}

/** The codec of a list of texts. */
export const stringListCodec: MessageType<StringList> = message(
  "arrow.flight.protocol.SessionOptionValue.StringListValue",
  { values: repeated(1, string) },
);

/** The codec of {@linkcode SessionOptionValue}. */
export const sessionOptionValueCodec: MessageType<SessionOptionValue> =
  converted(
    message<ValueFields>("arrow.flight.protocol.SessionOptionValue", {
      optionValue: oneof({
        stringValue: [1, string],
        boolValue: [2, bool],
        int64Value: [3, sfixed64],
        doubleValue: [4, double],
        stringListValue: [5, stringListCodec],
      }),
    }),
    {
      decode: ({ optionValue }) =>
        optionValue?.case === "stringListValue"
          ? optionValue.value.values
          : optionValue?.value,
      encode: (value, path) => ({ optionValue: choiceOf(value, path) }),
    },
  );

/** The field for a value; checked here, so that an error names the option. */
function choiceOf(
  value: SessionOptionValue,
  path: FieldPath,
): ValueFields["optionValue"] {
  switch (typeof value) {
    case "undefined":
      return undefined;
    case "string":
      return { case: "stringValue", value: checkString(value, path) };
    case "boolean":
      return { case: "boolValue", value };
    case "bigint":
      checkInteger(value, path, -(2n ** 63n), 2n ** 63n - 1n);
      return { case: "int64Value", value };
    case "number":
      return { case: "doubleValue", value };
    default: {
      const values = checkArray(value, path);
      for (const [i, text] of values.entries()) {
        path.enter(i);
        checkString(text, path);
        path.leave();
      }
      return { case: "stringListValue", value: { values } };
    }
  }
}

/** Session options by name: a map, or a plain object. */
export type SessionOptionsInit =
  | ReadonlyMap<string, SessionOptionValue>
  | Readonly<Record<string, SessionOptionValue>>;

/** The map for either form of it. */
export function toSessionOptions(
  init: SessionOptionsInit,
): ReadonlyMap<string, SessionOptionValue> {
  if (typeof init !== "object" || init === null || Array.isArray(init)) {
    throw new TypeError(
      `Session options must be a Map or an object { name: value }, not ${
        valueName(init)
      }`,
    );
  }
  return Symbol.iterator in init
    ? init as ReadonlyMap<string, SessionOptionValue>
    : new Map(Object.entries(init));
}

/** Body of the predefined action `SetSessionOptions`. */
export interface SetSessionOptionsRequest {
  /** Options to set, by name. */
  readonly sessionOptions: ReadonlyMap<string, SessionOptionValue>;
}

/** The codec of {@linkcode SetSessionOptionsRequest}. */
export const setSessionOptionsRequestCodec: MessageType<
  SetSessionOptionsRequest
> = message("arrow.flight.protocol.SetSessionOptionsRequest", {
  sessionOptions: map(1, string, sessionOptionValueCodec),
});

/** Error of an option that was not set; names as in Flight.proto. */
export type SetSessionOptionError =
  | "UNSPECIFIED"
  | "INVALID_NAME"
  | "INVALID_VALUE"
  | "ERROR";

const setErrors = enumeration<SetSessionOptionError>({
  UNSPECIFIED: 0,
  INVALID_NAME: 1,
  INVALID_VALUE: 2,
  ERROR: 3,
});

/** The codec of the message that has a {@linkcode SetSessionOptionError}. */
export const setSessionOptionErrorCodec: MessageType<SetSessionOptionError> =
  converted(
    message<{ readonly value: SetSessionOptionError }>(
      "arrow.flight.protocol.SetSessionOptionsResult.Error",
      { value: field(1, setErrors) },
    ),
    {
      decode: ({ value }) => value,
      // Checked here, so that an error names the option.
      encode: (value, path) => ({
        value: checkName(value, path, setErrors.numbers),
      }),
    },
  );

/** Result of the predefined action `SetSessionOptions`. */
export interface SetSessionOptionsResult {
  /** The options that were not set, by name; empty when all were. */
  readonly errors: ReadonlyMap<string, SetSessionOptionError>;
}

/** The codec of {@linkcode SetSessionOptionsResult}. */
export const setSessionOptionsResultCodec: MessageType<
  SetSessionOptionsResult
> = message("arrow.flight.protocol.SetSessionOptionsResult", {
  errors: map(1, string, setSessionOptionErrorCodec),
});

/** Result of the predefined action `GetSessionOptions`, whose body is empty. */
export interface GetSessionOptionsResult {
  /** All options of the session, by name. */
  readonly sessionOptions: ReadonlyMap<string, SessionOptionValue>;
}

/** The codec of {@linkcode GetSessionOptionsResult}. */
export const getSessionOptionsResultCodec: MessageType<
  GetSessionOptionsResult
> = message("arrow.flight.protocol.GetSessionOptionsResult", {
  sessionOptions: map(1, string, sessionOptionValueCodec),
});

/** Result of closing a session; names as in Flight.proto. */
export type CloseSessionStatus =
  | "UNSPECIFIED"
  | "CLOSED"
  | "CLOSING"
  | "NOT_CLOSEABLE";

/** Result of the predefined action `CloseSession`, whose body is empty. */
export interface CloseSessionResult {
  /** Result of closing the session. */
  readonly status: CloseSessionStatus;
}

/** The codec of {@linkcode CloseSessionResult}. */
export const closeSessionResultCodec: MessageType<CloseSessionResult> = message(
  "arrow.flight.protocol.CloseSessionResult",
  {
    status: field(
      1,
      enumeration({
        UNSPECIFIED: 0,
        CLOSED: 1,
        CLOSING: 2,
        NOT_CLOSEABLE: 3,
      }),
    ),
  },
);
