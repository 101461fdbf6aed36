/** Enums of Flight.proto: names in the types of the protocol, numbers on the wire. */

/**
 * The number of a name.
 *
 * @param numbers The numbers of an enum by name.
 * @param name The name.
 * @param field Name of what it is the value of, for the error.
 * @returns The number.
 * @throws {TypeError} When there is no such name.
 */
export function enumNumber<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  name: Name,
  field: string,
): number {
  if (typeof name !== "string" || !Object.hasOwn(numbers, name)) {
    throw new TypeError(
      `${field} must be one of ${Object.keys(numbers).join(", ")}`,
    );
  }
  return numbers[name];
}

/**
 * The name of a number.
 *
 * @param numbers The numbers of an enum by name.
 * @param value The number.
 * @param otherwise What a number of a later version of the protocol becomes.
 * @returns The name.
 */
export function enumName<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  value: number,
  otherwise: Name,
): Name {
  const names = Object.keys(numbers) as Name[];
  return names.find((name) => numbers[name] === value) ?? otherwise;
}
