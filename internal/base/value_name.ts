/** Names for values of the wrong type, as errors show them. */

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
