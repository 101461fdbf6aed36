/** Whether two objects are of one class; a null prototype counts as Object. */
function sameConstructor(a: object, b: object): boolean {
  return (a.constructor ?? Object) === (b.constructor ?? Object);
}

/** All own enumerable keys, symbols included. */
function keysOf(value: object): PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(value)
    .filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
  return [...Object.keys(value), ...symbols];
}

/** Element by element, without a list of keys: these can be large. */
function sameElements(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a.byteLength !== b.byteLength) return false;
  const left = a as unknown as ArrayLike<unknown>;
  const right = b as unknown as ArrayLike<unknown>;
  for (let i = 0; i < left.length; i++) {
    if (left[i] !== right[i] && !Object.is(left[i], right[i])) return false;
  }
  return true;
}

/** Whether `a` holds an equal of every entry of `b`; sizes are equal already. */
function sameEntries(
  a: Iterable<unknown>,
  b: Iterable<unknown>,
  compare: (a: unknown, b: unknown) => boolean,
): boolean {
  const rest = [...b];
  for (const entry of a) {
    const found = rest.findIndex((other) => compare(entry, other));
    if (found < 0) return false;
    rest.splice(found, 1);
  }
  return true;
}

/**
 * Deep equality: same class, same own enumerable properties, same contents.
 * NaN equals NaN, and 0 equals -0.
 *
 * @param c One value.
 * @param d The other value.
 * @returns Whether the two are deeply equal.
 */
export function equal(c: unknown, d: unknown): boolean {
  const seen = new Map<object, object>();
  function compare(a: unknown, b: unknown): boolean {
    if (a === b || Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || !a || !b) {
      return false;
    }
    if (!sameConstructor(a, b)) return false;
    if (a instanceof Date && b instanceof Date) {
      return Object.is(a.getTime(), b.getTime());
    }
    if (
      (a instanceof RegExp && b instanceof RegExp) ||
      (a instanceof URL && b instanceof URL)
    ) return String(a) === String(b);
    if (a instanceof WeakMap || a instanceof WeakSet) {
      throw new TypeError(`cannot compare ${a.constructor.name} instances`);
    }
    if (a instanceof WeakRef && b instanceof WeakRef) {
      return compare(a.deref(), b.deref());
    }
    if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && "length" in a) {
      return sameElements(a, b);
    }
    if (seen.get(a) === b) return true;
    seen.set(a, b);
    if (
      (a instanceof Map && b instanceof Map) ||
      (a instanceof Set && b instanceof Set)
    ) return a.size === b.size && sameEntries(a, b, compare);
    // Neither is enumerable, and an error is little else.
    if (a instanceof Error && b instanceof Error) {
      if (a.message !== b.message || !compare(a.cause, b.cause)) return false;
    }
    const keys = keysOf(a);
    if (keys.length !== keysOf(b).length) return false;
    return keys.every((key) =>
      Object.prototype.hasOwnProperty.call(b, key) &&
      compare(a[key as keyof typeof a], b[key as keyof typeof b])
    );
  }
  return compare(c, d);
}
