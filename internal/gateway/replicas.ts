/** The replicas of a backend: their health, their load, and the choice among them. */

import { quietly } from "../base/handled.ts";
import { sleep } from "../base/timers/sleep.ts";
import { untilAborted } from "../base/timers/until_aborted.ts";
import { EMPTY_BYTES, encodeUtf8 } from "../base/bytes.ts";
import { durationOption } from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightClient } from "../client/flight_client.ts";
import {
  formatGrpcLocation,
  type GrpcAddress,
  type Location,
  type LocationInit,
  parseGrpcLocation,
} from "../protocol/location.ts";
import { healthCheckResponseCodec } from "../protocol/services/health.ts";
import { FLIGHT_SERVICE_NAME } from "../protocol/methods.ts";
import type { CheckedOptions } from "./options.ts";

/** Time between two looks at a replica that is drained, in milliseconds: results expire without a sign. */
const DRAIN_CHECK_MS = 250;

/** State of a replica, as a program may show it. */
export interface GatewayReplica {
  /** Its location. */
  readonly location: Location;
  /** True if the last check of its health, or the last call, has reached it. */
  readonly isUp: boolean;
  /** True if it gets no new work. */
  readonly isDraining: boolean;
  /** Number of calls that it answers now. */
  readonly calls: number;
}

/** Makes the client of a replica; `hostname` is the name that its certificate has, if the location has an address. */
export type ConnectReplica = (
  location: Location,
  hostname: string | undefined,
) => FlightClient;

/** Wishes for the replica of a call. */
export interface Wish {
  /** Location of the only replica that can answer; absent for any. */
  readonly only?: string | undefined;
  /** Text by which `balance: "hash"` chooses. */
  readonly key: string;
}

/** One replica. */
export class Replica implements GatewayReplica {
  readonly location: Location;
  readonly client: FlightClient;
  isUp = true;
  isDraining = false;
  /** True if it is not among the backends any more: it serves only what is bound to it. */
  isGone = false;
  calls = 0;
  /** Results that wait to be read. */
  results = 0;
  /** Called when it may have become idle. */
  onIdle: (() => void) | undefined;

  constructor(location: Location, client: FlightClient) {
    this.location = location;
    this.client = client;
  }

  /** Counts a call until the returned function is called; idempotent. */
  begin(): () => void {
    this.calls++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.calls--;
      this.settle();
    };
  }

  /** Tells `onIdle` if nothing is left to do. */
  settle(): void {
    if (this.calls === 0 && this.results === 0) this.onIdle?.();
  }
}

/** All replicas. */
export class Replicas {
  readonly #backends: readonly GrpcAddress[];
  readonly #options: CheckedOptions;
  readonly #connect: ConnectReplica;
  readonly #replicas = new Map<string, Replica>();
  /** Locations that each name has stood for. */
  readonly #named = new Map<string, ReadonlySet<string>>();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #closing = new AbortController();
  #resolved: Promise<void> | undefined;
  /** Failure of the last resolution of a name. */
  #problem: unknown;

  /**
   * @param backends The locations of the replicas, or names that stand for several.
   * @param options The options.
   * @param connect Makes a client.
   * @throws {TypeError} When there is no backend, or a location is malformed.
   */
  constructor(
    backends: readonly (Location | string)[],
    options: CheckedOptions,
    connect: ConnectReplica,
  ) {
    if (backends.length === 0) {
      throw new TypeError(
        "Cannot make a gateway: the list of backends is empty",
      );
    }
    this.#options = options;
    this.#connect = connect;
    this.#backends = backends.map(parseGrpcLocation);
    for (const address of this.#backends) {
      if (!this.#isName(address)) this.#add(address, undefined);
    }
    this.#every(options.healthIntervalMs, () => this.#checkAll());
    if (options.resolve) {
      this.#every(options.resolveIntervalMs, () => this.#resolveAll());
    }
  }

  /** The replicas that are among the backends now. */
  get all(): readonly Replica[] {
    return [...this.#replicas.values()].filter(({ isGone }) => !isGone);
  }

  /**
   * Finds a replica.
   *
   * @throws {FlightError} UNAVAILABLE when there is none.
   */
  get(uri: string): Replica {
    const replica = this.#replicas.get(uri);
    if (replica !== undefined) return replica;
    throw new FlightError(
      "UNAVAILABLE",
      "the backend that this belongs to is not there any more: run the query, or prepare the statement, again",
    );
  }

  /**
   * Takes a replica out of service, and waits until it is idle.
   *
   * @param given The location of the replica.
   * @param timeoutMs Longest time to wait, in milliseconds; absent for no bound.
   * @param sweep Forgets results that have expired.
   * @returns False after `timeoutMs`.
   * @throws {RangeError} When it is none of the replicas.
   */
  async drain(
    given: LocationInit,
    timeoutMs: number | undefined,
    sweep: () => void,
  ): Promise<boolean> {
    if (timeoutMs !== undefined) durationOption("timeoutMs", timeoutMs);
    const replica = this.#at(given);
    replica.isDraining = true;
    this.report();
    const endsAt = performance.now() + (timeoutMs ?? Infinity);
    for (;;) {
      // Each wait has its own: the replica may be busy again after it was idle.
      const idle = new AbortController();
      const stopWaiting = (): void => idle.abort();
      replica.onIdle = stopWaiting;
      sweep();
      if (replica.calls === 0 && replica.results === 0) return true;
      const left = endsAt - performance.now();
      if (left <= 0) return false;
      await sleep(Math.min(left, DRAIN_CHECK_MS), idle.signal)
        .catch(() => {});
    }
  }

  /**
   * Puts a replica back into service.
   *
   * @throws {RangeError} When it is none of the replicas.
   */
  resume(given: LocationInit): void {
    const replica = this.#at(given);
    replica.isDraining = false;
    replica.onIdle = undefined;
    this.report();
  }

  #at(given: LocationInit): Replica {
    const uri = formatGrpcLocation(parseGrpcLocation(given));
    const replica = this.all.find(({ location }) => location.uri === uri);
    if (replica !== undefined) return replica;
    throw new RangeError(`The gateway has no replica at ${uri}`);
  }

  /** Waits for the first resolution of the names; as long as none is known, for another one. */
  async known(): Promise<void> {
    if (!this.#options.resolve) return;
    await (this.#resolved ??= this.#resolveAll());
    if (this.#replicas.size === 0) this.#resolved = undefined;
  }

  /**
   * Chooses the replica of a call. It must count as loaded at once, so that the next choice knows.
   *
   * @param wish The wishes.
   * @param tried Replicas that have failed for this call already.
   * @returns The replica; `undefined` if all were tried.
   * @throws {FlightError} UNAVAILABLE when there is none.
   */
  choose(wish: Wish, tried: ReadonlySet<Replica>): Replica | undefined {
    if (wish.only !== undefined) {
      return tried.size > 0 ? undefined : this.get(wish.only);
    }
    const open = this.all.filter((one) => !one.isDraining);
    const left = open.filter((one) => !tried.has(one));
    const up = left.filter(({ isUp }) => isUp);
    // A replica that counts as down is better than none: the check may be old.
    const best = up.length > 0 ? up : left;
    if (best.length > 0) return this.#best(best, wish);
    if (tried.size > 0) return undefined;
    throw new FlightError(
      "UNAVAILABLE",
      "the gateway has no backend for new work at the moment",
      { cause: this.#problem },
    );
  }

  /** Ends what keeps the process busy, and all connections. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(
      [...this.#replicas.values()].map(({ client }) => client.close()),
    );
    this.#replicas.clear();
  }

  #best(replicas: readonly Replica[], { key }: Wish): Replica {
    const rank = this.#options.balance === "hash"
      ? (one: Replica) => hashOf(`${key}\n${one.location.uri}`)
      : (one: Replica) => one.calls + Math.random();
    return replicas.map((one) => ({ one, rank: rank(one) }))
      .reduce((a, b) => b.rank < a.rank ? b : a).one;
  }

  #every(ms: number, run: () => Promise<void>): void {
    const timer = setInterval(() => quietly(run), ms);
    (timer as { unref?(): void }).unref?.();
    this.#timers.push(timer);
  }

  #isName(address: GrpcAddress): address is GrpcAddress & { kind: "tcp" } {
    return this.#options.resolve !== false && address.kind === "tcp" &&
      !/^[\d.]+$|:/.test(address.hostname);
  }

  #add(address: GrpcAddress, hostname: string | undefined): string {
    const location = { uri: formatGrpcLocation(address) };
    const known = this.#replicas.get(location.uri);
    if (known !== undefined) known.isGone = false;
    else {
      const client = this.#connect(location, hostname);
      this.#replicas.set(location.uri, new Replica(location, client));
    }
    return location.uri;
  }

  async #resolveAll(): Promise<void> {
    await Promise.all(this.#backends.map(async (address) => {
      if (!this.#isName(address)) return;
      try {
        await this.#resolve(address);
      } catch (error) {
        // A name server that is down for a moment must not take the replicas away.
        this.#problem = error;
      }
    }));
  }

  /** Finds the replicas of a name. */
  async #resolve(address: GrpcAddress & { kind: "tcp" }): Promise<void> {
    const { resolve, resolveIntervalMs } = this.#options;
    if (typeof resolve !== "function") return;
    const { signal } = this.#closing;
    // After that time, it is asked once more.
    const inTime = AbortSignal.any([
      signal,
      AbortSignal.timeout(resolveIntervalMs),
    ]);
    const found = await untilAborted(
      Promise.resolve(resolve(address.hostname)),
      inTime,
    );
    if (signal.aborted || found.length === 0) return;
    const named = new Set(
      found.map((hostname) =>
        this.#add({ ...address, hostname }, address.hostname)
      ),
    );
    this.#forget(address.hostname, named);
  }

  /** Marks the replicas that a name does not stand for any more. */
  #forget(name: string, found: ReadonlySet<string>): void {
    const known = this.#named.get(name) ?? new Set();
    const left = new Set(found);
    for (const uri of known) {
      const replica = this.#replicas.get(uri);
      if (found.has(uri) || replica === undefined) continue;
      replica.isGone = true;
      left.add(uri);
    }
    this.#named.set(name, left);
  }

  /** Lets go of a replica that has left and does not answer any more, once nothing waits for it. */
  #letGo(replica: Replica): void {
    const { isGone, isUp, calls, results, location, client } = replica;
    if (!isGone || isUp || calls > 0 || results > 0) return;
    this.#replicas.delete(location.uri);
    quietly(() => client.close());
  }

  async #checkAll(): Promise<void> {
    await Promise.all(
      [...this.#replicas.values()].map((one) => this.#check(one)),
    );
    this.report();
  }

  /** Tells the health service whether there is a replica to work with. */
  report(): void {
    const { health } = this.#options;
    if (health === undefined) return;
    const status = this.all.some(({ isUp, isDraining }) => isUp && !isDraining)
      ? "SERVING"
      : "NOT_SERVING";
    for (const name of ["", FLIGHT_SERVICE_NAME]) {
      if (health.get(name) !== status) health.set(name, status);
    }
  }

  async #check(replica: Replica): Promise<void> {
    const { healthTimeoutMs: timeoutMs } = this.#options;
    const { signal } = this.#closing;
    let isUp: boolean;
    try {
      const answer = replica.client.call(
        "grpc.health.v1.Health/Check",
        [EMPTY_BYTES],
        { timeoutMs, signal },
      );
      const [response] = await Array.fromAsync(answer);
      isUp = response !== undefined &&
        healthCheckResponseCodec.decode(response).status === "SERVING";
    } catch (error) {
      if (signal.aborted) return;
      // A server without the health service is alive if it says so.
      isUp = FlightError.is(error) && error.origin === "remote" &&
        error.code !== "UNAVAILABLE";
    }
    replica.isUp = isUp;
    this.#letGo(replica);
  }
}

/** A number of 32 bits that spreads texts evenly: FNV-1a, and the mixing of MurmurHash3. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encodeUtf8(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}
