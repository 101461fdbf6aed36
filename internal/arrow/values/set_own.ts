/** Sets properties whose names come from a peer. */

/** Sets a property of a plain object, also one called `__proto__`, which would be its prototype. */
export function setOwn(
  object: Record<string, unknown>,
  name: string,
  value: unknown,
): void {
  if (name !== "__proto__") object[name] = value;
  else {
    Object.defineProperty(object, name, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
}
