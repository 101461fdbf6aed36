/** Sessions in memory. */

import { durationOption, integerOption } from "../core/check_option.ts";
import type { SessionOptionValue } from "../core/session_options.ts";
import type { SetSessionOptions } from "./flight_session.ts";
import type { SessionStore } from "./session_store.ts";

/** Options of a {@linkcode MemorySessionStore}. */
export interface MemorySessionStoreOptions {
  /**
   * How long a session lives without a call, in milliseconds, more than 0. Default: 1,800,000, half an
   * hour.
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * How many sessions there are at most, 1 or more; then the one that has waited longest for a call
   * makes room for another. Default: 10,000.
   */
  readonly maxSessions?: number | undefined;
}

interface StoredSession {
  readonly options: Map<string, Exclude<SessionOptionValue, undefined>>;
  expiresAt: number;
}

/** Keeps sessions in the memory of this process, and no timers. */
export class MemorySessionStore implements SessionStore {
  /** In the order of their last calls. */
  readonly #sessions = new Map<string, StoredSession>();
  readonly #idleTimeoutMs: number;
  readonly #maxSessions: number;

  /**
   * Makes an empty store.
   *
   * @param options How long sessions live, and how many there may be.
   * @throws {RangeError} When a number is out of range.
   */
  constructor(options: MemorySessionStoreOptions = {}) {
    const { idleTimeoutMs = 1_800_000, maxSessions = 10_000 } = options;
    durationOption("idleTimeoutMs", idleTimeoutMs, Infinity);
    integerOption("maxSessions", maxSessions, 1);
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#maxSessions = maxSessions;
  }

  /** How many sessions there are. */
  get size(): number {
    this.#removeExpired();
    return this.#sessions.size;
  }

  /**
   * As `SessionStore`.
   *
   * @param id Its id.
   * @param options Its options.
   */
  create(id: string, options: SetSessionOptions): void {
    this.#removeExpired();
    this.#touch(id, { options: new Map(options), expiresAt: 0 });
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= this.#maxSessions) break;
      this.#sessions.delete(oldest);
    }
  }

  /**
   * As `SessionStore`.
   *
   * @param id Its id.
   * @returns Its options, if there is such a session.
   */
  load(id: string): SetSessionOptions | undefined {
    this.#removeExpired();
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    this.#touch(id, session);
    return new Map(session.options);
  }

  /**
   * As `SessionStore`.
   *
   * @param id Its id.
   * @param changes The options.
   */
  update(id: string, changes: ReadonlyMap<string, SessionOptionValue>): void {
    this.#removeExpired();
    const options = this.#sessions.get(id)?.options;
    for (const [name, value] of changes) {
      if (value === undefined) options?.delete(name);
      else options?.set(name, value);
    }
  }

  /**
   * As `SessionStore`.
   *
   * @param id Its id.
   */
  remove(id: string): void {
    this.#sessions.delete(id);
  }

  #touch(id: string, session: StoredSession): void {
    session.expiresAt = Date.now() + this.#idleTimeoutMs;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
  }

  #removeExpired(): void {
    const now = Date.now();
    for (const [id, { expiresAt }] of this.#sessions) {
      if (expiresAt > now) return;
      this.#sessions.delete(id);
    }
  }
}
