/**
 * Fields that this version of a message does not have. They stay with the message, and are sent
 * again with it, as by other implementations of protobuf.
 */

/** Key of the fields; the same for every copy of this package. */
const UNKNOWN_FIELDS = Symbol.for("@contrail/flight unknown fields");

/** A message with such fields. A copy by `{ ...message }` has them too. */
interface Keeper {
  [UNKNOWN_FIELDS]?: readonly Uint8Array[];
}

/**
 * Adds a field to those of a message.
 *
 * @param message The message.
 * @param field Its tag and its value, as received.
 */
export function keepUnknownField(message: object, field: Uint8Array): void {
  const keeper: Keeper = message;
  const fields = keeper[UNKNOWN_FIELDS] as Uint8Array[] | undefined;
  const last = fields?.at(-1);
  if (fields === undefined) keeper[UNKNOWN_FIELDS] = [field];
  else if (
    last!.buffer === field.buffer &&
    last!.byteOffset + last!.byteLength === field.byteOffset
  ) {
    const byteLength = last!.byteLength + field.byteLength;
    fields[fields.length - 1] = new Uint8Array(
      field.buffer,
      last!.byteOffset,
      byteLength,
    );
  } else fields.push(field);
}

/**
 * The unknown fields of a message, or of the object that was made from it.
 *
 * @param message The message.
 * @returns One or more fields in each element.
 */
export function unknownFields(message: object): readonly Uint8Array[] {
  return (message as Keeper)[UNKNOWN_FIELDS] ?? [];
}

/**
 * Copies the unknown fields of one form of a message to the other.
 *
 * @param from The form that has them.
 * @param to The form that gets them.
 * @returns `to`.
 */
export function copyUnknownFields<T extends object>(
  from: object,
  to: T,
): T {
  const fields = (from as Keeper)[UNKNOWN_FIELDS];
  if (fields !== undefined) (to as Keeper)[UNKNOWN_FIELDS] = [...fields];
  return to;
}
