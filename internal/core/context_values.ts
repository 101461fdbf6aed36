/** Values that interceptors and handlers of one call share, by typed keys. */

/** Names a value of a call. Keys are compared by identity: two of them never collide. */
export interface ContextKey<T> {
  /** Description of the value, for debugging. */
  readonly description: string;
  /** Value that `get` returns if none was set. */
  readonly defaultValue: T;
}

/**
 * Makes a key, to be shared by the code that sets and the code that reads the value.
 *
 * @param defaultValue Value that `get` returns if none was set.
 * @param options `description`: text for debugging; empty by default.
 * @returns A key that is equal to no other.
 *
 * @example
 * ```ts
 * import { createContextKey } from "@contrail/flight/middleware";
 *
 * const tenant = createContextKey("none", { description: "tenant" });
 * ```
 */
export function createContextKey<T>(
  defaultValue: T,
  options: { readonly description?: string | undefined } = {},
): ContextKey<T> {
  return { defaultValue, description: options.description ?? "" };
}

/** The values of one call, by their keys. */
export class ContextValues {
  #values: Map<ContextKey<unknown>, unknown> | undefined;

  /**
   * The value of `key`.
   *
   * @param key The key.
   * @returns The value that was set last, or the key's default.
   */
  get<T>(key: ContextKey<T>): T {
    return this.#values?.has(key)
      ? this.#values.get(key) as T
      : key.defaultValue;
  }

  /**
   * Sets the value of `key`.
   *
   * @param key The key.
   * @param value The value.
   * @returns These values.
   */
  set<T>(key: ContextKey<T>, value: T): this {
    this.#values ??= new Map();
    this.#values.set(key, value);
    return this;
  }

  /**
   * Resets `key` to its default.
   *
   * @param key The key.
   * @returns These values.
   */
  delete(key: ContextKey<unknown>): this {
    this.#values?.delete(key);
    return this;
  }
}

/**
 * Name of the caller, as an interceptor of the server has established it: a user name, the subject
 * of a token or of a certificate. Handlers read it as `context.peerIdentity`.
 */
export const PEER_IDENTITY: ContextKey<string | undefined> = createContextKey<
  string | undefined
>(undefined, { description: "peer identity" });
