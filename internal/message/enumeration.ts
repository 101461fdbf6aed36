/** Enums: names for the application, numbers on the wire. */

import { checkName } from "./check_field.ts";
import type { Value } from "./value.ts";

/** A value with the names of an enum. */
export interface Enumeration<Name extends string, T = Name> extends Value<T> {
  /** The number of each name. */
  readonly numbers: Readonly<Record<Name, number>>;
}

/** Stands for a name in a message that is sent on: a number without a name, as it came. */
class UnknownNumber {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

/** The numbers without names of received messages, by the keys of their fields. */
const unknownNumbers = new WeakMap<
  object,
  Map<string, { readonly name: unknown; readonly number: UnknownNumber }>
>();

/**
 * An enum.
 *
 * @param numbers The number of each name, without the prefix that names have in the .proto file. The
 * name of 0 stands for every number that has no name.
 * @returns The value.
 */
export function enumeration<const Name extends string>(
  numbers: Readonly<Record<Name, number>>,
): Enumeration<Name> {
  const names = new Map<number, Name>();
  for (const name in numbers) names.set(numbers[name], name);
  const otherwise = names.get(0)!;
  return {
    type: "enum",
    wireType: 0,
    numbers,
    initial: 0,
    isInitial: (number: number) => number === 0,
    check: (name: unknown, path) =>
      name instanceof UnknownNumber
        ? name.number
        : numbers[checkName(name, path, numbers)],
    write: (number: number, writer) => void writer.int32(number),
    read: (reader, tag) => reader.int32(tag),
    finish: (number: number) => names.get(number) ?? otherwise,
    isUnknown: (number: number) => !names.has(number),
  };
}

/**
 * An enum whose numbers without a name are numbers for the application too.
 *
 * @param numbers The number of each name.
 * @returns The value.
 */
export function openEnumeration<const Name extends string>(
  numbers: Readonly<Record<Name, number>>,
): Enumeration<Name, Name | number> {
  const closed = enumeration(numbers);
  const names = new Map(
    Object.keys(numbers).map((name) => [numbers[name as Name], name as Name]),
  );
  return {
    ...closed,
    check: (value: Name | number, path) =>
      typeof value === "number" ? value : closed.check(value, path),
    finish: (number: number) => names.get(number) ?? number,
    isUnknown: undefined,
  };
}

/**
 * Remembers a number without a name, so that a message which is sent on is sent as it came.
 *
 * @param message The decoded message.
 * @param key The key of the field.
 * @param name The name that stands for the number there.
 * @param number The number.
 */
export function rememberNumber(
  message: object,
  key: string,
  name: unknown,
  number: number,
): void {
  const fields = unknownNumbers.get(message) ?? new Map();
  unknownNumbers.set(message, fields);
  fields.set(key, { name, number: new UnknownNumber(number) });
}

/**
 * Returns the number of an enum value to encode.
 *
 * @param message The message.
 * @param key The key of the field.
 * @param value The value of that field.
 * @returns The value, or the remembered number behind its name.
 */
export function recallNumber(
  message: object,
  key: string,
  value: unknown,
): unknown {
  const known = unknownNumbers.get(message)?.get(key);
  return known !== undefined && known.name === value ? known.number : value;
}
