/** The scalar types of protobuf. */

import { EMPTY_BYTES } from "../base/bytes.ts";
import {
  checkBoolean,
  checkBytes,
  checkBytesOrText,
  checkInteger,
  checkNumber,
  checkOptionalBytesOrText,
  checkSmallInteger,
  checkString,
} from "./check_field.ts";
import { mapped, type Value } from "./value.ts";

/** A string: UTF-8, refused where it is not. */
export const string: Value<string> = {
  type: "string",
  wireType: 2,
  initial: "",
  isInitial: (text: string) => text === "",
  check: checkString,
  write: (text: string, writer) => void writer.string(text),
  read: (reader, tag) => reader.string(tag),
};

/** Bytes; decoded ones are a view of the message. */
export const bytes: Value<Uint8Array> = {
  type: "bytes",
  wireType: 2,
  initial: EMPTY_BYTES,
  isInitial: (array: Uint8Array) => array.byteLength === 0,
  check: checkBytes,
  write: (array: Uint8Array, writer) => void writer.bytes(array),
  read: (reader, tag) => reader.bytes(tag),
};

/** Bytes of a field without presence, where no bytes mean that there is no value. */
export const bytesOrNone: Value<
  Uint8Array | undefined,
  Uint8Array | undefined
> = mapped(bytes, {
  decode: (array) => array.byteLength === 0 ? undefined : array,
  encode: (array: Uint8Array | undefined) =>
    array === undefined ? EMPTY_BYTES : array,
});

/** Bytes that may be given as text, which is sent as UTF-8. */
export const bytesOrText: Value<Uint8Array, Uint8Array | string> = {
  ...bytes,
  check: checkBytesOrText,
};

/** {@linkcode bytesOrNone} that may be given as text. */
export const bytesOrTextOrNone: Value<
  Uint8Array | undefined,
  Uint8Array | string | undefined
> = { ...bytesOrNone, check: checkOptionalBytesOrText };

/** True or false. */
export const bool: Value<boolean> = {
  type: "bool",
  wireType: 0,
  initial: false,
  isInitial: (truth: boolean) => !truth,
  check: checkBoolean,
  write: (truth: boolean, writer) => void writer.bool(truth),
  read: (reader, tag) => reader.bool(tag),
};

/** A signed integer of 32 bits. */
export const int32: Value<number> = integer("int32", 0);
/** An unsigned integer of 32 bits. */
export const uint32: Value<number> = integer("uint32", 0);
/** A signed integer of 32 bits, short for negative numbers too. */
export const sint32: Value<number> = integer("sint32", 0);
/** An unsigned integer of 32 bits, always four bytes. */
export const fixed32: Value<number> = integer("fixed32", 5);
/** A signed integer of 32 bits, always four bytes. */
export const sfixed32: Value<number> = integer("sfixed32", 5);

/** A signed integer of 64 bits; safe integers are accepted as numbers. */
export const int64: Value<bigint, bigint | number> = long("int64", 0);
/** An unsigned integer of 64 bits; safe integers are accepted as numbers. */
export const uint64: Value<bigint, bigint | number> = long("uint64", 0);
/** A signed integer of 64 bits, short for negative numbers too. */
export const sint64: Value<bigint, bigint | number> = long("sint64", 0);
/** An unsigned integer of 64 bits, always eight bytes. */
export const fixed64: Value<bigint, bigint | number> = long("fixed64", 1);
/** A signed integer of 64 bits, always eight bytes. */
export const sfixed64: Value<bigint, bigint | number> = long("sfixed64", 1);

/** A floating-point number of 32 bits. */
export const float: Value<number> = floating("float", 5);
/** A floating-point number of 64 bits. */
export const double: Value<number> = floating("double", 1);

function integer(
  type: "int32" | "uint32" | "sint32" | "fixed32" | "sfixed32",
  wireType: 0 | 5,
): Value<number> {
  const unsigned = type === "uint32" || type === "fixed32";
  const min = unsigned ? 0 : -(2 ** 31);
  const max = unsigned ? 2 ** 32 - 1 : 2 ** 31 - 1;
  return {
    type,
    wireType,
    initial: 0,
    isInitial: (value: number) => value === 0,
    check: (value, path) => checkSmallInteger(value, path, min, max),
    write: (value: number, writer) => void writer[type](value),
    read: (reader, tag) => reader[type](tag),
  };
}

function long(
  type: "int64" | "uint64" | "sint64" | "fixed64" | "sfixed64",
  wireType: 0 | 1,
): Value<bigint, bigint | number> {
  const unsigned = type === "uint64" || type === "fixed64";
  const min = unsigned ? 0n : -(2n ** 63n);
  const max = unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  return {
    type,
    wireType,
    initial: 0n,
    isInitial: (value: bigint) => value === 0n,
    check: (value, path) => checkInteger(value, path, min, max),
    write: (value: bigint, writer) => void writer[type](value),
    read: (reader, tag) => reader[type](tag),
  };
}

function floating(type: "float" | "double", wireType: 1 | 5): Value<number> {
  return {
    type,
    wireType,
    initial: 0,
    // −0 is not the default.
    isInitial: (value: number) => Object.is(value, 0),
    check: checkNumber,
    write: (value: number, writer) => void writer[type](value),
    read: (reader, tag) => reader[type](tag),
  };
}
