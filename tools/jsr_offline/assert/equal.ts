type Compare = (a: unknown, b: unknown) => boolean;

/** Compares the classes of two objects; a null prototype counts as Object. */
function sameClass(a: object, b: object): boolean {
  const classOf = (value: object) =>
    Object.getPrototypeOf(value) ?? Object.prototype;
  return classOf(a) === classOf(b);
}

/** Tells plain objects and arrays from instances of classes. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ||
    prototype === Array.prototype;
}

/**
 * Lists the keys that are compared: the enumerable ones of a plain object; of
 * an instance all that it has or inherits. Two errors differ by their stacks.
 */
function keysOf(value: object): Set<PropertyKey> {
  if (isPlain(value)) return new Set(Reflect.ownKeys({ ...value }));
  const keys = new Set<PropertyKey>();
  for (
    let from = value;
    from !== null && from !== Object.prototype;
    from = Object.getPrototypeOf(from)
  ) {
    for (const key of Reflect.ownKeys(from)) keys.add(key);
  }
  return keys;
}

/** Compares elements without a list of keys, since there can be many. */
function sameElements(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  }
  return true;
}

/** Looks for an equal of every entry of `a` in `b`. */
function sameEntries(
  a: Iterable<unknown>,
  b: Iterable<unknown>,
  compare: Compare,
): boolean {
  const rest = [...b];
  for (const entry of a) {
    const found = rest.findIndex((other) => compare(entry, other));
    if (found < 0) return false;
    rest.splice(found, 1);
  }
  return rest.length === 0;
}

/** Compares objects of classes with contents; `undefined` for all others. */
function sameContents(
  a: object,
  b: object,
  compare: Compare,
): boolean | undefined {
  if (a instanceof Date && b instanceof Date) {
    return Object.is(a.getTime(), b.getTime());
  }
  if (
    a instanceof RegExp || a instanceof URL || a instanceof URLSearchParams
  ) return String(a) === String(b);
  if (a instanceof WeakMap || a instanceof WeakSet) {
    throw new TypeError(`Cannot compare ${a.constructor.name} instances`);
  }
  if (a instanceof WeakRef && b instanceof WeakRef) {
    return compare(a.deref(), b.deref());
  }
  if (ArrayBuffer.isView(a) && "length" in a) {
    return sameElements(
      a as unknown as ArrayLike<unknown>,
      b as unknown as ArrayLike<unknown>,
    );
  }
  if (a instanceof ArrayBuffer || a instanceof SharedArrayBuffer) {
    return sameElements(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  }
  return undefined;
}

/**
 * Compares two values deeply: class, properties and contents. NaN equals NaN, and
 * 0 equals -0.
 *
 * @param c One value.
 * @param d The other value.
 * @returns True if the two are deeply equal.
 */
export function equal(c: unknown, d: unknown): boolean {
  const seen = new Map<object, object>();
  function compare(a: unknown, b: unknown): boolean {
    if (a === b || Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || !a || !b) {
      return false;
    }
    if (!sameClass(a, b)) return false;
    const contents = sameContents(a, b, compare);
    if (contents !== undefined) return contents;
    if (seen.get(a) === b) return true;
    seen.set(a, b);
    if (
      (a instanceof Map && b instanceof Map) ||
      (a instanceof Set && b instanceof Set)
    ) return sameEntries(a, b, compare);
    const keys = keysOf(a);
    const others = keysOf(b);
    if (keys.size !== others.size) return false;
    for (const key of keys) {
      if (!others.has(key)) return false;
      if (!compare(a[key as keyof typeof a], b[key as keyof typeof b])) {
        return false;
      }
    }
    return true;
  }
  return compare(c, d);
}
