/** Sessions in memory. */

import type { OptionNames } from "../core/known_options.ts";
import {
  durationOption,
  integerOption,
  objectOption,
} from "../core/check_option.ts";
import type { SessionOptionValue } from "../protocol/session_options.ts";
import type { SessionClient, SessionStore } from "./session_store.ts";

/** Options of a {@linkcode MemorySessionStore}. */
export interface MemorySessionStoreOptions {
  /**
   * Time that a session lives without a call, in milliseconds, more than 0. Default: 1,800,000,
   * half an hour.
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Most sessions, 1 or more. Beyond it, one of the client with the most sessions makes room: one
   * that was never used after the call that began it, or else the one that was last called the
   * longest time ago. Default: 10,000.
   */
  readonly maxSessions?: number | undefined;
}

/** The names of {@linkcode MemorySessionStoreOptions}. */
const MEMORY_SESSION_STORE_OPTIONS: OptionNames<MemorySessionStoreOptions> = {
  idleTimeoutMs: true,
  maxSessions: true,
};

interface StoredSession {
  readonly options: Map<string, SessionOptionValue>;
  readonly owner: string;
  expiresAt: number;
}

/** Sessions of one client, in the order of their last calls. */
interface Owned {
  /** Sessions that no call has used yet. */
  readonly unused: Set<string>;
  readonly used: Set<string>;
}

/**
 * Keeps sessions in the memory of this process, without timers.
 *
 * A client is its identity, or, without authentication, its host: one that begins very many
 * sessions pushes out its own.
 */
export class MemorySessionStore implements SessionStore {
  /** Sessions in the order of their last calls. */
  readonly #sessions = new Map<string, StoredSession>();
  readonly #owners = new Map<string, Owned>();
  readonly #idleTimeoutMs: number;
  readonly #maxSessions: number;

  /**
   * Makes an empty store.
   *
   * @param options The lifetime and the number of sessions.
   * @throws {RangeError} When a number is out of range.
   */
  constructor(options: MemorySessionStoreOptions = {}) {
    objectOption("options", options, MEMORY_SESSION_STORE_OPTIONS);
    const { idleTimeoutMs = 1_800_000, maxSessions = 10_000 } = options;
    durationOption("idleTimeoutMs", idleTimeoutMs, Infinity);
    integerOption("maxSessions", maxSessions, 1);
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#maxSessions = maxSessions;
  }

  /** Number of sessions. */
  get size(): number {
    this.#removeExpired();
    return this.#sessions.size;
  }

  /**
   * Begins a session: see `SessionStore`.
   *
   * @param id Its id.
   * @param options Its options.
   * @param client The client; calls without one count as the same client.
   */
  create(
    id: string,
    options: ReadonlyMap<string, SessionOptionValue>,
    client?: SessionClient,
  ): void {
    this.#removeExpired();
    const owner = ownerOf(client);
    this.remove(id);
    while (this.#sessions.size >= this.#maxSessions) {
      this.remove(this.#leastMissed());
    }
    this.#touch(id, { options: new Map(options), owner, expiresAt: 0 });
    const owned = this.#owners.get(owner) ??
      { unused: new Set<string>(), used: new Set<string>() };
    owned.unused.add(id);
    this.#owners.set(owner, owned);
  }

  /**
   * Returns a session: see `SessionStore`.
   *
   * @param id Its id.
   * @returns Its options, if there is such a session.
   */
  load(id: string): ReadonlyMap<string, SessionOptionValue> | undefined {
    this.#removeExpired();
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    this.#touch(id, session);
    const { unused, used } = this.#owners.get(session.owner)!;
    unused.delete(id);
    used.delete(id);
    used.add(id);
    return new Map(session.options);
  }

  /**
   * Changes a session: see `SessionStore`.
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
   * Ends a session: see `SessionStore`.
   *
   * @param id Its id.
   */
  remove(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    const { unused, used } = this.#owners.get(session.owner)!;
    unused.delete(id);
    used.delete(id);
    if (unused.size + used.size === 0) this.#owners.delete(session.owner);
  }

  /**
   * Picks the session to drop: of the client with the most, one that was never used, or that has
   * waited longest.
   */
  #leastMissed(): string {
    let most: Owned | undefined;
    for (const owned of this.#owners.values()) {
      if (most === undefined || countOf(owned) > countOf(most)) most = owned;
    }
    for (const id of most!.unused) return id;
    return most!.used.values().next().value!;
  }

  #touch(id: string, session: StoredSession): void {
    // A change of the clock of the day must not end sessions.
    session.expiresAt = performance.now() + this.#idleTimeoutMs;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
  }

  #removeExpired(): void {
    const now = performance.now();
    for (const [id, { expiresAt }] of this.#sessions) {
      if (expiresAt > now) return;
      this.remove(id);
    }
  }
}

function countOf({ unused, used }: Owned): number {
  return unused.size + used.size;
}

function ownerOf(client: SessionClient | undefined): string {
  if (client === undefined) return "";
  const { peerIdentity, host } = client;
  return peerIdentity === undefined
    ? `host ${networkOf(host)}`
    : `identity ${peerIdentity}`;
}

/**
 * Returns the network of a host. A host of IPv6 owns the last 64 bits (RFC 6177): they do not make
 * another client.
 */
function networkOf(host: string): string {
  if (!host.startsWith("[") || host.includes(".")) return host;
  const [head = "", tail] = host.slice(1, -1).split("%")[0]!.split("::");
  const first = head.split(":").filter((group) => group !== "");
  const last = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array<string>(Math.max(0, zeros)).fill("0"), ...last]
    .slice(0, 4).join(":");
}
