/** Sessions in a store that several servers share. */

import type { OptionNames } from "../core/known_options.ts";
import { concatBytes, encodeUtf8 } from "../base/bytes.ts";
import { encodeBase64 } from "../base/base64.ts";
import {
  durationOption,
  MAX_TIMER_MS,
  objectOption,
} from "../core/check_option.ts";
import { requiredStore, type SharedStore } from "../core/shared_store.ts";
import {
  getSessionOptionsResultCodec,
  type SessionOptionValue,
} from "../protocol/session_options.ts";
import type { SessionStore } from "./session_store.ts";

/** Options of a {@linkcode SharedSessionStore}. */
export interface SharedSessionStoreOptions {
  /**
   * Time that a session lives without a call, in milliseconds, more than 0; it may be a quarter longer.
   * Default: 1,800,000, half an hour.
   */
  readonly idleTimeoutMs?: number | undefined;
}

/** The names of {@linkcode SharedSessionStoreOptions}. */
const SHARED_SESSION_STORE_OPTIONS: OptionNames<SharedSessionStoreOptions> = {
  idleTimeoutMs: true,
};

/** Part of its time after which the time of a session begins anew; more often would be too costly. */
const RENEWAL_SHARE = 0.25;

/** Length of the time in front of a value, in bytes. */
const TIME_BYTES = 8;

/** Keeps sessions in a store that several servers or workers share, so that each of them knows all. */
export class SharedSessionStore implements SessionStore {
  readonly #store: SharedStore;
  readonly #idleTimeoutMs: number;

  /**
   * Uses a store.
   *
   * @param store The store.
   * @param options The lifetime of sessions.
   * @throws {RangeError} When `idleTimeoutMs` is out of range.
   * @throws {TypeError} When `store` is no store.
   */
  constructor(store: SharedStore, options: SharedSessionStoreOptions = {}) {
    objectOption("options", options, SHARED_SESSION_STORE_OPTIONS);
    const { idleTimeoutMs = 1_800_000 } = options;
    durationOption("idleTimeoutMs", idleTimeoutMs, MAX_TIMER_MS);
    this.#store = requiredStore("store", store);
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  /**
   * Begins a session: see `SessionStore`.
   *
   * @param id Its id.
   * @param options Its options.
   */
  async create(
    id: string,
    options: ReadonlyMap<string, SessionOptionValue>,
  ): Promise<void> {
    await this.#store.set(keyOf(id), valueOf(options), this.#lifetimeMs);
  }

  /**
   * Returns a session: see `SessionStore`.
   *
   * @param id Its id.
   * @returns Its options, if there is such a session.
   */
  async load(
    id: string,
  ): Promise<ReadonlyMap<string, SessionOptionValue> | undefined> {
    const key = keyOf(id);
    const value = await this.#store.get(key);
    if (value === undefined) return undefined;
    const options = optionsOf(value);
    if (Date.now() - timeOf(value) > this.#idleTimeoutMs * RENEWAL_SHARE) {
      // If another call has changed it meanwhile, that has renewed it too.
      await this.#store.replace(key, value, valueOf(options), this.#lifetimeMs);
    }
    return options;
  }

  /**
   * Changes a session: see `SessionStore`.
   *
   * @param id Its id.
   * @param changes The options.
   */
  async update(
    id: string,
    changes: ReadonlyMap<string, SessionOptionValue>,
  ): Promise<void> {
    const key = keyOf(id);
    while (true) {
      const value = await this.#store.get(key);
      if (value === undefined) return;
      const options = new Map(optionsOf(value));
      for (const [name, change] of changes) {
        if (change === undefined) options.delete(name);
        else options.set(name, change);
      }
      const next = valueOf(options);
      if (await this.#store.replace(key, value, next, this.#lifetimeMs)) return;
    }
  }

  /**
   * Ends a session: see `SessionStore`.
   *
   * @param id Its id.
   */
  async remove(id: string): Promise<void> {
    await this.#store.delete(keyOf(id));
  }

  get #lifetimeMs(): number {
    return Math.ceil(this.#idleTimeoutMs * (1 + RENEWAL_SHARE));
  }
}

/** An id comes from a client: any text, of any length. */
function keyOf(id: string): string {
  return `session/${encodeBase64(encodeUtf8(id))}`;
}

function valueOf(
  sessionOptions: ReadonlyMap<string, SessionOptionValue>,
): Uint8Array {
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setFloat64(0, Date.now());
  return concatBytes([
    time,
    getSessionOptionsResultCodec.encode({ sessionOptions }),
  ]);
}

function timeOf(value: Uint8Array): number {
  return new DataView(value.buffer, value.byteOffset, TIME_BYTES)
    .getFloat64(0);
}

function optionsOf(value: Uint8Array): ReadonlyMap<string, SessionOptionValue> {
  const { sessionOptions } = getSessionOptionsResultCodec.decode(
    value.subarray(TIME_BYTES),
  );
  return sessionOptions;
}
