/** The form of objects in the consoles of Deno, Bun and Node.js, which share one hook. */

/** The key of the hook. */
const HOOK = Symbol.for("nodejs.util.inspect.custom");

type Inspect = (value: unknown, options?: unknown) => string;

/**
 * Sets the console form of the objects of a class. The hook is not enumerable and not part of the
 * types.
 *
 * @param prototype The prototype of the class.
 * @param head Gives the text before the parts.
 * @param parts Gives the parts to show.
 */
export function showAs<T extends object>(
  prototype: T,
  head: (value: T) => string,
  parts: (value: T) => object,
): void {
  Object.defineProperty(prototype, HOOK, {
    configurable: true,
    value(this: T, depth: number, options: unknown, inspect?: Inspect) {
      if (depth < 0 || inspect === undefined) return head(this);
      return `${head(this)} ${inspect(parts(this), options)}`;
    },
  });
}
