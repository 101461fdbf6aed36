/** Values that several processes share for a limited time. */

import type { OptionNames } from "./known_options.ts";
import { equalBytes } from "../base/bytes.ts";
import {
  integerOption,
  objectOption,
  requiredFunction,
} from "./check_option.ts";

/**
 * Store for state that several servers or workers share, such as one in Redis. All methods may return
 * promises. If one throws, the call that needs it fails as with an error of a handler.
 */
export interface SharedStore {
  /**
   * Returns a value.
   *
   * @param key Its key: printable ASCII.
   * @returns The value, or `undefined` if there is none, or its time is over.
   */
  get(key: string): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  /**
   * Sets a value.
   *
   * @param key Its key.
   * @param value The value.
   * @param lifetimeMs Time after which it is forgotten, in milliseconds, 1 or more.
   * @returns Nothing, or a promise if it takes time.
   */
  set(key: string, value: Uint8Array, lifetimeMs: number): Promise<void> | void;
  /**
   * Replaces a value if it is still the same, and its time begins anew.
   *
   * @param key Its key.
   * @param before The value that is expected.
   * @param value The value that replaces it.
   * @param lifetimeMs Time after which it is forgotten, in milliseconds, 1 or more.
   * @returns True if it was the same; otherwise nothing has changed.
   */
  replace(
    key: string,
    before: Uint8Array,
    value: Uint8Array,
    lifetimeMs: number,
  ): Promise<boolean> | boolean;
  /**
   * Removes a value and returns it: of several callers at the same time, one gets it.
   *
   * @param key Its key.
   * @returns The value, or `undefined` if there is none.
   */
  take(key: string): Promise<Uint8Array | undefined> | Uint8Array | undefined;
  /**
   * Removes a value, if there is one.
   *
   * @param key Its key.
   * @returns Nothing, or a promise if it takes time.
   */
  delete(key: string): Promise<void> | void;
}

/** Names of the methods of a store. */
const STORE_METHODS = [
  "get",
  "set",
  "replace",
  "take",
  "delete",
] as const;

/**
 * Checks a store that must be there.
 *
 * @param name Name of the option.
 * @returns `store`.
 * @throws {TypeError} When it is no store.
 */
export function requiredStore(name: string, store: SharedStore): SharedStore {
  objectOption(name, store);
  for (const method of STORE_METHODS) {
    requiredFunction(`${name}.${method}`, store?.[method]);
  }
  return store;
}

/**
 * Checks a store that may be absent.
 *
 * @param name Name of the option.
 * @returns `store`.
 * @throws {TypeError} When it is no store.
 */
export function storeOption(
  name: string,
  store: SharedStore | undefined,
): SharedStore | undefined {
  return store === undefined ? undefined : requiredStore(name, store);
}

/** Options of a {@linkcode MemoryStore}. */
export interface MemoryStoreOptions {
  /**
   * Most bytes of all keys and values, 1 or more. Beyond it, the values that were set the longest time
   * ago are forgotten. Default: 256 MiB.
   */
  readonly maxBytes?: number | undefined;
}

/** The names of {@linkcode MemoryStoreOptions}. */
const MEMORY_STORE_OPTIONS: OptionNames<MemoryStoreOptions> = {
  maxBytes: true,
};

interface Entry {
  readonly value: Uint8Array;
  readonly bytes: number;
  readonly expiresAt: number;
}

/** Bytes that an entry takes in addition to its key and value, roughly. */
const ENTRY_BYTES = 200;

/** Number of values after which those whose time is over are looked for. */
const SWEEP_EVERY = 1000;

/** Keeps shared values in the memory of this process, without timers. */
export class MemoryStore implements SharedStore {
  /** In the order in which they were set. */
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  #bytes = 0;
  #sets = 0;

  /**
   * Makes an empty store.
   *
   * @param options The size.
   * @throws {RangeError} When `maxBytes` is out of range.
   */
  constructor(options: MemoryStoreOptions = {}) {
    objectOption("options", options, MEMORY_STORE_OPTIONS);
    const { maxBytes = 256 * 1024 * 1024 } = options;
    this.#maxBytes = integerOption("maxBytes", maxBytes, 1);
  }

  /**
   * Returns a value: see `SharedStore`.
   *
   * @param key Its key.
   * @returns The value, if there is one.
   */
  get(key: string): Uint8Array | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > performance.now()) return entry.value;
    this.delete(key);
    return undefined;
  }

  /**
   * Sets a value: see `SharedStore`.
   *
   * @param key Its key.
   * @param value The value.
   * @param lifetimeMs Time after which it is forgotten, in milliseconds.
   */
  set(key: string, value: Uint8Array, lifetimeMs: number): void {
    this.delete(key);
    if (++this.#sets % SWEEP_EVERY === 0) this.#removeExpired();
    const bytes = ENTRY_BYTES + key.length + value.byteLength;
    const expiresAt = performance.now() + lifetimeMs;
    this.#entries.set(key, { value, bytes, expiresAt });
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes) this.#removeExpired();
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.delete(oldest);
    }
  }

  /**
   * Replaces a value: see `SharedStore`.
   *
   * @param key Its key.
   * @param before The value that is expected.
   * @param value The value that replaces it.
   * @param lifetimeMs Time after which it is forgotten, in milliseconds.
   * @returns True if it was the same.
   */
  replace(
    key: string,
    before: Uint8Array,
    value: Uint8Array,
    lifetimeMs: number,
  ): boolean {
    const current = this.get(key);
    if (current === undefined || !equalBytes(current, before)) return false;
    this.set(key, value, lifetimeMs);
    return true;
  }

  /**
   * Removes a value and returns it: see `SharedStore`.
   *
   * @param key Its key.
   * @returns The value, if there is one.
   */
  take(key: string): Uint8Array | undefined {
    const value = this.get(key);
    this.delete(key);
    return value;
  }

  /**
   * Removes a value: see `SharedStore`.
   *
   * @param key Its key.
   */
  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  #removeExpired(): void {
    const now = performance.now();
    for (const [key, { expiresAt }] of this.#entries) {
      if (expiresAt <= now) this.delete(key);
    }
  }
}
