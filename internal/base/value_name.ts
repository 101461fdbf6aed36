/** Kinds of values, and names for those of the wrong type, as errors show them. */

/**
 * Reports whether an object is a literal, a module, or of a class of a program. Others have no members that are
 * fields or options: an array, bytes, a Date, an AbortSignal, a Response.
 */
export function isRecord(value: object): boolean {
  return Object.getPrototypeOf(value) === Object.prototype ||
    ["Object", "Module"].includes(tagOf(value));
}

/** Names what an object is to the language or the platform, such as `Object`, `Error` or `AbortSignal`. */
export function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * Names the kind of a value, never its contents: they may be a secret. Naming has no side effects.
 *
 * @param value Anything.
 * @returns A name such as `string`, `null`, `an array`, or that of a class. The one of a promise asks for
 * the missing `await`.
 */
export function valueName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return typeof value;
  try {
    const { name } = value.constructor;
    if (name === "Promise") return "a Promise (is an await missing?)";
    if (/^[$\w]{1,64}$/.test(name)) return name;
  } catch {
    // A getter that throws, or an object without a class.
  }
  return "an object";
}
