/**
 * Objects that a service keeps for its clients between calls, limited in number and time, each with
 * an owner.
 */

import { bytesKey } from "../../../base/bytes.ts";
import { isPromise } from "../../../base/is_promise.ts";
import { PassingMap } from "../../../base/lifetimes/passing_map.ts";
import { FlightError } from "../../../core/flight_error.ts";
import type { Handles } from "./handles.ts";
import { isOwner, type Owner, quotaOf } from "./owner.ts";

/** Something that is kept. */
export interface Kept {
  /** Its owner. */
  readonly owner: Owner;
  /** Its name, once it is kept; the registry sets it. */
  keptName: string | undefined;
  /**
   * Called once when it is removed by the registry: it was idle, made room, or everything ends.
   *
   * @param reason Why.
   */
  end(reason: FlightError): Promise<void>;
}

/** Options of a {@linkcode Registry}. */
interface RegistryOptions {
  /** Name of what is kept, for errors. */
  readonly what: string;
  /** Its handles. */
  readonly handles: Handles;
  /** Time after which something unused is removed, in milliseconds. */
  readonly timeoutMs: number;
  /** Name of the option that says so. */
  readonly timeoutOption: string;
  /** Most that is kept. */
  readonly max: number;
  /** Name of the option that says so. */
  readonly maxOption: string;
  /**
   * True if the least recently used one makes room beyond the limit; otherwise no more are
   * accepted.
   */
  readonly evicts: boolean;
}

interface Entry<K extends Kept> {
  readonly name: string;
  readonly kept: K;
  /** The client, as {@linkcode quotaOf} names it. */
  readonly quota: string;
  users: number;
  expiresAt: number;
}

/** Something that was ended here, and not by its client. */
interface Ended {
  readonly owner: Owner;
  readonly reason: FlightError;
}

/** A use of something, which cannot expire before it is over. */
export interface Use<K> {
  /** The object. */
  readonly kept: K;
  /** Ends the use; a second call does nothing. */
  done(): void;
}

/** Keeps things by their handles. */
export class Registry<K extends Kept> {
  readonly #options: RegistryOptions;
  /** In the order of their last use. */
  readonly #entries = new PassingMap<string, Entry<K>>();
  /** Number of things of each client that has any. */
  readonly #counts = new Map<string, number>();
  /** Objects that were ended here, the oldest first: their clients may not know, and use it or end it too. */
  readonly #ended = new Map<string, Ended>();
  /** Number of things for which there will have to be room. */
  #reserved = 0;
  /** True if something has, or had, a handle that was not made here. */
  #hasOwn = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param options Options. */
  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Number of things that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** Everything that is kept. */
  *values(): Generator<K> {
    for (const { kept } of this.#entries.values()) yield kept;
  }

  /**
   * Makes room for one more.
   *
   * @throws {FlightError} RESOURCE_EXHAUSTED when there is none.
   */
  makeRoom(): void {
    const { what, max, maxOption, evicts } = this.#options;
    if (this.#entries.size + this.#reserved < max) return;
    const least = evicts ? this.#leastMissed() : undefined;
    const problem = `more than ${max} ${what}s (option ${maxOption})`;
    if (least === undefined) {
      throw new FlightError("RESOURCE_EXHAUSTED", `there would be ${problem}`);
    }
    this.#end(
      least,
      new FlightError(
        "RESOURCE_EXHAUSTED",
        `the ${what} made room for another: there were ${problem}`,
      ),
    );
  }

  /**
   * Keeps room for something that is still being made.
   *
   * @returns Gives the room back; a second call does nothing. It belongs to `add`, and to a failure before.
   * @throws {FlightError} RESOURCE_EXHAUSTED when there is none.
   */
  reserve(): () => void {
    this.makeRoom();
    this.#reserved++;
    let isReserved = true;
    return () => {
      if (isReserved) this.#reserved--;
      isReserved = false;
    };
  }

  /**
   * Keeps something.
   *
   * @param kept The thing.
   * @param id Its handle, where it has one of its own.
   * @param giveBack The room that was kept for it.
   * @returns Its handle.
   * @throws {FlightError} RESOURCE_EXHAUSTED when there is no room, ALREADY_EXISTS when `id` is in use.
   */
  async add(
    kept: K,
    id?: Uint8Array,
    giveBack?: () => void,
  ): Promise<Uint8Array> {
    giveBack?.();
    this.makeRoom();
    const { handles, what } = this.#options;
    const name = id === undefined ? handles.newName() : ownName(id);
    if (id !== undefined) this.#hasOwn = true;
    if (this.#entries.has(name)) {
      throw new FlightError("ALREADY_EXISTS", `the ${what} exists already`);
    }
    const quota = quotaOf(kept.owner);
    const entry = { name, kept, quota, users: 0, expiresAt: 0 };
    kept.keptName = name;
    this.#counts.set(quota, (this.#counts.get(quota) ?? 0) + 1);
    this.#touch(entry);
    return id ?? await handles.handleOf(name);
  }

  /**
   * Uses something.
   *
   * @param handle What a client has sent: anything.
   * @param caller The client.
   * @returns The thing; end its use.
   * @throws {FlightError} NOT_FOUND when there is none of this client's.
   */
  async use(handle: Uint8Array, caller: Owner): Promise<Use<K>> {
    const entry = await this.#find(handle, caller);
    if (entry === undefined) throw await this.#notFound(handle, caller);
    return this.#use(entry);
  }

  /** Reports whether a client has something of this handle. */
  async has(handle: Uint8Array, caller: Owner): Promise<boolean> {
    return await this.#find(handle, caller) !== undefined;
  }

  /** Uses something that is known to be kept; without effect on what is not any more. */
  useKept(kept: K): Use<K> {
    const entry = this.#entryOf(kept);
    return entry ? this.#use(entry) : { kept, done() {} };
  }

  /**
   * Takes something out. It is not ended: that is up to the caller.
   *
   * @throws {FlightError} NOT_FOUND when there is none of this client's.
   */
  async take(handle: Uint8Array, caller: Owner): Promise<K> {
    const entry = await this.#find(handle, caller);
    if (entry === undefined) throw await this.#notFound(handle, caller);
    this.#remove(entry);
    return entry.kept;
  }

  /**
   * Tells whether something was ended here, and not by its client.
   *
   * @param handle Its handle.
   * @param caller The client.
   */
  async wasEnded(handle: Uint8Array, caller: Owner): Promise<boolean> {
    return await this.#reasonOf(handle, caller) !== undefined;
  }

  /** The reason for which something was ended here. */
  async #reasonOf(
    handle: Uint8Array,
    caller: Owner,
  ): Promise<FlightError | undefined> {
    const name = this.#ended.has(ownName(handle))
      ? ownName(handle)
      : await this.#options.handles.nameOf(handle);
    const ended = name === undefined ? undefined : this.#ended.get(name);
    return ended && isOwner(ended.owner, caller) ? ended.reason : undefined;
  }

  /** Ends something, for another reason than its age. */
  async endKept(kept: K, reason: FlightError): Promise<void> {
    const entry = this.#entryOf(kept);
    if (entry) await this.#end(entry, reason);
  }

  /** Forgets something, without ending it. */
  forget(kept: K): void {
    const entry = this.#entryOf(kept);
    if (entry) this.#remove(entry);
  }

  /**
   * Ends everything that a test picks.
   *
   * @param isMeant The test.
   * @param reason Why.
   * @returns Resolves when all has ended; failures are none here.
   */
  async endAll(
    isMeant: (kept: K) => boolean,
    reason: FlightError,
  ): Promise<void> {
    const meant = this.#entries.values().filter(({ kept }) => isMeant(kept));
    await Promise.all(meant.map((entry) => this.#end(entry, reason)));
    if (this.#entries.size === 0) this.#stop();
  }

  /** The entry of something that is still kept. */
  #entryOf(kept: K): Entry<K> | undefined {
    const entry = kept.keptName === undefined
      ? undefined
      : this.#entries.get(kept.keptName);
    return entry?.kept === kept ? entry : undefined;
  }

  #use(entry: Entry<K>): Use<K> {
    entry.users++;
    this.#touch(entry);
    let isDone = false;
    return {
      kept: entry.kept,
      done: () => {
        if (isDone) return;
        isDone = true;
        entry.users--;
        if (this.#entries.get(entry.name) === entry) this.#touch(entry);
      },
    };
  }

  async #find(
    handle: Uint8Array,
    caller: Owner,
  ): Promise<Entry<K> | undefined> {
    let entry = this.#hasOwn ? this.#entries.get(ownName(handle)) : undefined;
    if (entry === undefined) {
      const named = this.#options.handles.nameOf(handle);
      const name = isPromise(named) ? await named : named;
      entry = name === undefined || name.startsWith(OWN)
        ? undefined
        : this.#entries.get(name);
    }
    // Those of others do not exist, as far as this client is concerned.
    return entry && isOwner(entry.kept.owner, caller) ? entry : undefined;
  }

  async #notFound(handle: Uint8Array, caller: Owner): Promise<FlightError> {
    const { what, timeoutMs, timeoutOption } = this.#options;
    const reason = await this.#reasonOf(handle, caller);
    if (reason !== undefined) {
      return new FlightError("NOT_FOUND", reason.details);
    }
    return new FlightError(
      "NOT_FOUND",
      `there is no such ${what}: it was never there, has ended, or was not used for ${timeoutMs} ms (option ${timeoutOption})`,
    );
  }

  #touch(entry: Entry<K>): void {
    // A change of the clock of the day must not end what is in use.
    entry.expiresAt = performance.now() + this.#options.timeoutMs;
    this.#entries.delete(entry.name);
    this.#entries.set(entry.name, entry);
    if (this.#timer === undefined) this.#arm(this.#options.timeoutMs);
  }

  #arm(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#removeExpired();
    }, delayMs);
    // A process need not stay alive for it: at its end, everything ends.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #removeExpired(): void {
    const now = performance.now();
    const { what, timeoutMs, timeoutOption } = this.#options;
    for (const entry of this.#entries.values()) {
      if (entry.expiresAt > now) {
        this.#arm(Math.ceil(entry.expiresAt - now));
        return;
      }
      if (entry.users > 0) this.#touch(entry);
      else {
        this.#end(
          entry,
          new FlightError(
            "NOT_FOUND",
            `the ${what} was not used for ${timeoutMs} ms (option ${timeoutOption})`,
          ),
        );
      }
    }
    if (this.#entries.size > 0 && this.#timer === undefined) {
      this.#arm(timeoutMs);
    }
  }

  #remove(entry: Entry<K>): void {
    const { name, quota } = entry;
    if (this.#entries.get(name) !== entry) return;
    this.#entries.delete(name);
    const count = this.#counts.get(quota)! - 1;
    if (count > 0) this.#counts.set(quota, count);
    else this.#counts.delete(quota);
  }

  /** Never rejects: a client that is gone is not told, and the next one is not to blame. */
  async #end(entry: Entry<K>, reason: FlightError): Promise<void> {
    const { name, kept } = entry;
    this.#remove(entry);
    this.#ended.set(name, { owner: kept.owner, reason });
    if (this.#ended.size > this.#options.max) {
      for (const oldest of this.#ended.keys()) {
        this.#ended.delete(oldest);
        break;
      }
    }
    await kept.end(reason).catch(() => {});
  }

  /** Of the client that has most: what was not used for the longest time. */
  #leastMissed(): Entry<K> | undefined {
    const counts = this.#counts;
    let most = 0;
    for (const count of counts.values()) most = Math.max(most, count);
    for (const entry of this.#entries.values()) {
      if (entry.users === 0 && counts.get(entry.quota) === most) return entry;
    }
    return undefined;
  }
}

/** Begins the key of a handle that was not made here: no name does. */
const OWN = "=";

/** The key of a handle that was not made here. */
function ownName(id: Uint8Array): string {
  return OWN + bytesKey(id);
}
