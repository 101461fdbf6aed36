/**
 * Checks of values to encode. Callers from JavaScript have no type checker, and
 * the Writer would send wrong values silently. Each check returns the value and
 * names the field in its error, never the value: it may be a secret.
 */

import { EMPTY_BYTES, toBytes } from "../base/bytes.ts";
import { discard } from "../base/handled.ts";
import { isRecord, valueName } from "../base/value_name.ts";
import type { FieldPath } from "./field_path.ts";

/** Name of a field: text, or what becomes it when an error needs it. */
type FieldName = string | FieldPath;

function fail(
  value: unknown,
  field: FieldName,
  expected: string,
  hint = "",
): never {
  const error = new TypeError(
    `${field} must be ${expected}, not ${valueName(value)}${hint}`,
  );
  // A promise that was not awaited, a stream: what is behind it must not go on.
  discard(value, error);
  throw error;
}

/**
 * Checks an object.
 *
 * @param value The value.
 * @param field Name of what it is the value of, such as `FlightInfo.schema`.
 * @returns The value.
 * @throws {TypeError} When it is something else.
 */
export function checkObject<T extends object>(value: T, field: FieldName): T {
  if (typeof value !== "object" || value === null || !isRecord(value)) {
    fail(value, field, "an object");
  }
  return value;
}

/**
 * Refuses an object that has none of the fields of a message, but others: it is something else, and sending it would
 * lose them.
 *
 * @param value The object.
 * @param field Name of what it is the value of.
 * @param keys The keys of the fields, of which it has none.
 * @throws {TypeError} When it has others.
 */
export function checkNoOthers(
  value: Readonly<Record<string, unknown>>,
  field: FieldName,
  keys: readonly string[],
): void {
  const other = Object.keys(value).find((key) => value[key] !== undefined);
  if (other === undefined) return;
  throw new TypeError(
    `${field} must have one of its fields (${
      keys.join(", ")
    }), but it only has others, ` +
      `such as ${JSON.stringify(other.slice(0, 40))}`,
  );
}

/**
 * Checks an array.
 *
 * @param value The value; `undefined` for none.
 * @param field Name of what it is the value of.
 * @returns The value, or an empty array.
 * @throws {TypeError} When it is something else.
 */
export function checkArray<T>(
  value: readonly T[] | undefined,
  field: FieldName,
): readonly T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) fail(value, field, "an array");
  return value;
}

/**
 * Checks a Map.
 *
 * @param value The value.
 * @param field Name of what it is the value of.
 * @returns The value.
 * @throws {TypeError} When it is something else.
 */
export function checkMap<K, V>(
  value: ReadonlyMap<K, V>,
  field: FieldName,
): ReadonlyMap<K, V> {
  if (!(value instanceof Map)) fail(value, field, "a Map");
  return value;
}

/**
 * Checks bytes.
 *
 * @param value The value.
 * @param field Name of what it is the value of.
 * @returns The value.
 * @throws {TypeError} When it is something else.
 */
export function checkBytes(value: Uint8Array, field: FieldName): Uint8Array {
  if (!(value instanceof Uint8Array)) fail(value, field, "a Uint8Array");
  return value;
}

/**
 * Checks bytes that may be absent.
 *
 * @param value The value; `undefined` for none.
 * @param field Name of what it is the value of.
 * @returns The value, or no bytes.
 * @throws {TypeError} When it is something else.
 */
export function checkOptionalBytes(
  value: Uint8Array | undefined,
  field: FieldName,
): Uint8Array {
  return value === undefined ? EMPTY_BYTES : checkBytes(value, field);
}

/**
 * Checks bytes that may be given as text.
 *
 * @param value The value.
 * @param field Name of what it is the value of.
 * @returns The bytes, of text its UTF-8.
 * @throws {TypeError} When it is something else, or text with a lone surrogate.
 */
export function checkBytesOrText(
  value: Uint8Array | string,
  field: FieldName,
): Uint8Array {
  if (typeof value === "string") return toBytes(checkString(value, field));
  if (!(value instanceof Uint8Array)) {
    const hint = valueName(value) === "Object"
      ? " (JSON.stringify makes text of it)"
      : "";
    fail(value, field, "a Uint8Array or a string", hint);
  }
  return value;
}

/**
 * Checks bytes that may be absent, or given as text.
 *
 * @param value The value; `undefined` for none.
 * @param field Name of what it is the value of.
 * @returns The bytes, of text its UTF-8; or no bytes.
 * @throws {TypeError} When it is something else, or text with a lone surrogate.
 */
export function checkOptionalBytesOrText(
  value: Uint8Array | string | undefined,
  field: FieldName,
): Uint8Array {
  return value === undefined ? EMPTY_BYTES : checkBytesOrText(value, field);
}

/**
 * Checks text.
 *
 * @param value The value.
 * @param field Name of what it is the value of.
 * @returns The value.
 * @throws {TypeError} When it is something else, or has a lone surrogate: it
 * has no UTF-8, and peers would refuse the whole message.
 */
export function checkString(value: string, field: FieldName): string {
  if (typeof value !== "string") fail(value, field, "a string");
  if (!value.isWellFormed()) fail(value, field, "well-formed Unicode");
  return value;
}

/**
 * Checks a truth value.
 *
 * @param value The value.
 * @param field Name of what it is the value of.
 * @returns The value.
 * @throws {TypeError} When it is something else.
 */
export function checkBoolean(value: boolean, field: FieldName): boolean {
  if (typeof value !== "boolean") fail(value, field, "a boolean");
  return value;
}

/**
 * Checks a number.
 *
 * @param value The value.
 * @param field Name of what it is the value of.
 * @returns The value.
 * @throws {TypeError} When it is something else.
 */
export function checkNumber(value: number, field: FieldName): number {
  if (typeof value !== "number") fail(value, field, "a number");
  return value;
}

/**
 * Checks an integer.
 *
 * @param value The value; a number must be a safe integer.
 * @param field Name of what it is the value of.
 * @param min Least value that is allowed.
 * @param max Greatest value that is allowed.
 * @returns The value as a bigint.
 * @throws {TypeError} When it is something else.
 * @throws {RangeError} When it is not between `min` and `max`.
 */
export function checkInteger(
  value: bigint | number,
  field: FieldName,
  min: bigint,
  max: bigint,
): bigint {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) {
    fail(value, field, "a bigint or a safe integer");
  }
  const integer = BigInt(value);
  if (integer < min || integer > max) {
    throw new RangeError(`${field} must be between ${min} and ${max}`);
  }
  return integer;
}

/**
 * Checks an integer of 32 bits.
 *
 * @param value The value.
 * @param field Name of what it is the value of.
 * @param min Least value that is allowed.
 * @param max Greatest value that is allowed.
 * @returns The value.
 * @throws {TypeError} When it is something else.
 * @throws {RangeError} When it is not between `min` and `max`.
 */
export function checkSmallInteger(
  value: number,
  field: FieldName,
  min: number,
  max: number,
): number {
  if (!Number.isInteger(value)) fail(value, field, "an integer");
  if (value < min || value > max) {
    throw new RangeError(`${field} must be between ${min} and ${max}`);
  }
  return value;
}

/**
 * Checks a name.
 *
 * @param value The value.
 * @param field Name of what it is the value of.
 * @param names An object with all names as its keys.
 * @returns The value.
 * @throws {TypeError} When it is no such name.
 */
export function checkName<Name extends string>(
  value: unknown,
  field: FieldName,
  names: Readonly<Record<Name, unknown>>,
): Name {
  if (typeof value !== "string" || !Object.hasOwn(names, value)) {
    throw new TypeError(
      `${field} must be one of ${Object.keys(names).join(", ")}`,
    );
  }
  return value as Name;
}
