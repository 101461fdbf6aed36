/** Absent fields in the types of the protocol. */

/**
 * Leaves out what is absent, so that an absent field is an absent key.
 *
 * @param object The fields, with `undefined` for absent ones.
 * @returns A copy without the keys that have the value `undefined`.
 */
export function omitUndefined<T extends object>(object: T): T {
  // Not `delete`, which makes an object slow and large.
  const copy: Partial<T> = {};
  for (const key in object) {
    if (object[key] !== undefined) copy[key] = object[key];
  }
  return copy as T;
}

/**
 * What empty bytes on the wire mean for an optional field.
 *
 * @param bytes The bytes.
 * @returns The bytes, or `undefined` where there are none.
 */
export function bytesOrUndefined(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.byteLength > 0 ? bytes : undefined;
}
