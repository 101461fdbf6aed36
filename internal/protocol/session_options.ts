/** Flight.proto: the session options (experimental there). */

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

/** Session options by name: a map, or a plain object. */
export type SessionOptionsInit =
  | ReadonlyMap<string, SessionOptionValue>
  | Readonly<Record<string, SessionOptionValue>>;

/** The map for either form of it. */
export function toSessionOptions(
  init: SessionOptionsInit,
): ReadonlyMap<string, SessionOptionValue> {
  if (typeof init !== "object" || init === null) {
    throw new TypeError("Session options are a Map or an object");
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

/** Why an option was not set; names as in Flight.proto. */
export type SetSessionOptionError =
  | "UNSPECIFIED"
  | "INVALID_NAME"
  | "INVALID_VALUE"
  | "ERROR";

/** Result of the predefined action `SetSessionOptions`. */
export interface SetSessionOptionsResult {
  /** The options that were not set, by name; empty when all were. */
  readonly errors: ReadonlyMap<string, SetSessionOptionError>;
}

/** Result of the predefined action `GetSessionOptions`, whose body is empty. */
export interface GetSessionOptionsResult {
  /** All options of the session, by name. */
  readonly sessionOptions: ReadonlyMap<string, SessionOptionValue>;
}

/** What became of a session that was to be closed; names as in Flight.proto. */
export type CloseSessionStatus =
  | "UNSPECIFIED"
  | "CLOSED"
  | "CLOSING"
  | "NOT_CLOSEABLE";

/** Result of the predefined action `CloseSession`, whose body is empty. */
export interface CloseSessionResult {
  /** What became of the session. */
  readonly status: CloseSessionStatus;
}
