/** The queries that a gateway knows: who has them, how much they have delivered, and when they end. */

import { handled } from "../base/handled.ts";
import { FlightError } from "../core/flight_error.ts";
import type { CheckedLimits } from "./options.ts";
import type { Replica } from "./replicas.ts";

/** Rows and bytes that have passed through a gateway in one direction. */
export interface Passed {
  rows: number;
  bytes: number;
}

/** A direction: to the client, or from it. */
export type Direction = "result" | "upload";

/** One query. */
export class Query {
  /** Its identifier, a UUID. */
  readonly id: string;
  /** Text by which the queries of its user are counted; `undefined` for a call that is none of them. */
  readonly owner: string | undefined;
  readonly limits: CheckedLimits;
  readonly result: Passed = { rows: 0, bytes: 0 };
  readonly upload: Passed = { rows: 0, bytes: 0 };
  /** Calls that work for it now. */
  uses = 0;
  /** Endpoints that were not read to their end yet. */
  readonly unread = new Set<number>();
  /** True once any of its result was delivered. */
  isDelivered = false;
  /** Runs it again, once, after its result was lost; absent if that is not wanted. */
  rerun:
    | ((signal: AbortSignal) => Promise<readonly RunPart[] | undefined>)
    | undefined;
  /** Result of the second run. */
  second: Promise<readonly RunPart[] | undefined> | undefined;
  /** Time at which it can be forgotten, in milliseconds since the epoch. */
  expiresAt = Infinity;
  readonly #ending = new AbortController();
  #abandonRun: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #replica: Replica | undefined;

  constructor(id: string, owner: string | undefined, limits: CheckedLimits) {
    this.id = id;
    this.owner = owner;
    this.limits = limits;
    const { queryTimeoutMs } = limits;
    if (queryTimeoutMs === Infinity) return;
    this.#timer = setTimeout(
      () =>
        this.end(
          new FlightError(
            "DEADLINE_EXCEEDED",
            `the ${
              owner === undefined ? "call" : "query"
            } took longer than ${queryTimeoutMs} ms (option queryTimeoutMs of the gateway)`,
          ),
        ),
      queryTimeoutMs,
    );
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** Aborted when the query is canceled, or has taken too long. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Ends all of its calls, and those to come: its result cannot be read any more. */
  end(reason: FlightError): void {
    this.#ending.abort(reason);
    this.#countAt(undefined);
  }

  /** Runs it again, as `second`, as long as a call waits for that. */
  runAgain(): void {
    const waited = new AbortController();
    const signal = AbortSignal.any([this.signal, waited.signal]);
    const second = handled(this.rerun!(signal));
    this.second = second;
    const settled = (): void => {
      this.#abandonRun = undefined;
    };
    second.then(settled, settled);
    const abandon = (): void => {
      settled();
      this.second = undefined;
      waited.abort(
        new FlightError("CANCELLED", "no client waits for the query any more"),
      );
    };
    this.#abandonRun = abandon;
  }

  /** Ends what runs for calls alone, because there are none any more. */
  abandon(): void {
    this.#abandonRun?.();
  }

  /** Notes the endpoints of its result. */
  hasResult(replica: Replica, endpoints: number, expiresAt: number): void {
    for (let i = 0; i < endpoints; i++) this.unread.add(i);
    this.expiresAt = expiresAt;
    const waits = endpoints > 0 && !this.signal.aborted;
    this.#countAt(waits ? replica : undefined);
  }

  /** Counts its result among those of a replica that wait to be read. */
  #countAt(replica: Replica | undefined): void {
    const earlier = this.#replica;
    this.#replica = replica;
    if (replica) replica.results++;
    if (earlier) {
      earlier.results--;
      earlier.settle();
    }
  }

  /**
   * Counts data that is about to pass through. The query ends when it is too much.
   *
   * @throws {FlightError} RESOURCE_EXHAUSTED when it is too much.
   */
  count(direction: Direction, rows: number, bytes: number): void {
    const passed = this[direction];
    passed.rows += rows;
    passed.bytes += bytes;
    const { maxQueryRows, maxQueryBytes } = this.limits;
    const excess = passed.rows > maxQueryRows
      ? `${maxQueryRows} rows (option maxQueryRows`
      : passed.bytes > maxQueryBytes
      ? `${maxQueryBytes} bytes (option maxQueryBytes`
      : undefined;
    if (excess === undefined) return;
    const error = new FlightError(
      "RESOURCE_EXHAUSTED",
      `the ${direction} has more than ${excess} of the gateway)`,
    );
    this.end(error);
    throw error;
  }

  /** Frees what it holds. */
  forget(): void {
    clearTimeout(this.#timer);
    this.rerun = undefined;
    this.#countAt(undefined);
  }
}

/** A part of the result of a second run. */
export interface RunPart {
  readonly replica: string;
  readonly value: Uint8Array;
  readonly locations: readonly string[];
}

/** All queries. */
export class Queries {
  readonly #maxQueries: number;
  readonly #queries = new Map<string, Query>();
  readonly #running = new Map<string, number>();

  constructor(maxQueries: number) {
    this.#maxQueries = maxQueries;
  }

  /**
   * Finds a query, or makes its record.
   *
   * @param id Its identifier.
   * @param owner Text by which the queries of its user are counted; `undefined` if it is none of them.
   * @param limits The bounds of its user, for a new record.
   */
  open(
    id: string,
    owner: string | undefined,
    limits: () => CheckedLimits,
  ): Query {
    const known = this.#queries.get(id);
    if (known !== undefined) return known;
    this.sweep();
    const query = new Query(id, owner, limits());
    this.#queries.set(id, query);
    return query;
  }

  /** Finds a query that this gateway knows. */
  get(id: string): Query | undefined {
    return this.#queries.get(id);
  }

  /**
   * Begins a call for a query.
   *
   * @returns A function that ends it; idempotent.
   * @throws {FlightError} RESOURCE_EXHAUSTED when its user has too many queries at once; the reason of its end if it has
   * ended.
   */
  use(query: Query): () => void {
    query.signal.throwIfAborted();
    if (query.uses === 0) this.#begin(query);
    query.uses++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (--query.uses > 0) return;
      query.abandon();
      this.#stop(query);
      this.#settle(query);
    };
  }

  /** Counts a query among those of its user. */
  #begin(query: Query): void {
    const { owner, limits: { maxQueriesPerUser } } = query;
    if (owner === undefined) return;
    const running = this.#running.get(owner) ?? 0;
    if (running >= maxQueriesPerUser) {
      this.#settle(query);
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `the user has ${running} queries at once (option maxQueriesPerUser of the gateway)`,
      );
    }
    this.#running.set(owner, running + 1);
  }

  #stop({ owner }: Query): void {
    if (owner === undefined) return;
    const running = this.#running.get(owner)! - 1;
    if (running > 0) this.#running.set(owner, running);
    else this.#running.delete(owner);
  }

  /** Forgets a query. */
  #forget(query: Query): void {
    query.forget();
    if (this.#queries.get(query.id) === query) this.#queries.delete(query.id);
  }

  /** Forgets queries that have expired, and the oldest ones if there are too many. */
  sweep(): void {
    const now = Date.now();
    for (const query of this.#queries.values()) {
      if (query.uses > 0) continue;
      const isOver = query.expiresAt <= now;
      if (!isOver && this.#queries.size < this.#maxQueries) {
        // Most expire in the order in which they came: the rest is looked at later.
        if (query.expiresAt !== Infinity) break;
        continue;
      }
      this.#forget(query);
    }
  }

  /** Ends all queries. */
  close(): void {
    const reason = new FlightError("UNAVAILABLE", "the gateway is shut down");
    for (const query of this.#queries.values()) {
      query.end(reason);
      query.forget();
    }
    this.#queries.clear();
  }

  #settle(query: Query): void {
    if (query.uses === 0 && query.unread.size === 0) this.#forget(query);
  }
}
