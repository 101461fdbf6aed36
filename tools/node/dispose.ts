/**
 * The functions that Bun's transpiler has in the place of `using`, which Bun itself has built in
 * (ECMAScript, Explicit Resource Management).
 *
 * @module
 */

/** A resource, and how it is disposed of. */
type Entry = readonly [
  value: unknown,
  dispose: (() => unknown) | undefined,
  isAsync: boolean,
];

/** Begins to hold a resource. */
export function __using<T>(stack: Entry[], value: T, isAsync: 0 | 1): T {
  if (value === null || value === undefined) {
    if (isAsync) stack.push([value, undefined, true]);
    return value;
  }
  const resource = value as Partial<AsyncDisposable & Disposable>;
  const dispose = (isAsync ? resource[Symbol.asyncDispose] : undefined) ??
    resource[Symbol.dispose];
  if (typeof dispose !== "function") {
    throw new TypeError("a value of `using` cannot be disposed of");
  }
  stack.push([value, dispose, isAsync === 1]);
  return value;
}

/**
 * Disposes of all, the last one first.
 *
 * @param stack The resources.
 * @param error The error of the block.
 * @param hasError 1 if there was one.
 */
export function __callDispose(
  stack: Entry[],
  error: unknown,
  hasError: 0 | 1 | undefined,
): Promise<void> | undefined {
  let outcome = hasError ? { error } : undefined;
  const failed = (next: unknown): void => {
    outcome = {
      error: outcome === undefined ? next : Object.assign(
        new Error("an error was suppressed during disposal"),
        { name: "SuppressedError", error: next, suppressed: outcome.error },
      ),
    };
  };
  const next = (): Promise<void> | undefined => {
    for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
      const [value, dispose, isAsync] = entry;
      try {
        const result = dispose?.call(value);
        if (isAsync) {
          return Promise.resolve(result).then(next, (error) => {
            failed(error);
            return next();
          });
        }
      } catch (error) {
        failed(error);
      }
    }
    if (outcome !== undefined) throw outcome.error;
    return undefined;
  };
  return next();
}
