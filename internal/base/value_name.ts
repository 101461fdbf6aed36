/** What a value of the wrong type is called in an error. */

/**
 * Names the kind of a value, never its contents: they may be a secret. It asks nothing of the value
 * that could have an effect.
 *
 * @param value Anything.
 * @returns Such as `string`, `null`, `an array`, or the name of a class.
 */
export function valueName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object") return typeof value;
  try {
    const { name } = value.constructor;
    if (/^[$\w]{1,64}$/.test(name)) return name;
  } catch {
    // A getter that throws, or an object without a class.
  }
  return "an object";
}
