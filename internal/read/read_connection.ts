/** A connection that endpoints are read from, and its state. */

import { type Deferred, deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import type { Location } from "../protocol/location.ts";
import type { EndpointStream } from "./endpoint_stream.ts";
import { locationName } from "./location_name.ts";

/** How long a connection that could not be reached is tried after the others, in milliseconds. */
const DOWN_MS = 30_000;

/** What a {@linkcode ReadConnection} is made of. */
export interface ReadConnectionInit {
  /**
   * Why it may not be told who the caller is: the headers of a read do not go there. Absent where
   * they do.
   */
  readonly withholds?: string | undefined;
  /** How many streams of it may stand unread without holding up the others; any number by default. */
  readonly maxUnread?: number | undefined;
  /** Begins to read an endpoint. */
  open(
    endpoint: FlightEndpoint,
    location: Location,
    options: FlightCallOptions,
  ): EndpointStream;
  /** Closes the connection. */
  close(): Promise<void>;
  /** Called when nobody has used it for `idleMs`, to close it. */
  readonly onIdle?: (() => void) | undefined;
  /** See `onIdle`; in milliseconds. */
  readonly idleMs?: number | undefined;
}

/** A connection that endpoints share. */
export class ReadConnection {
  readonly #init: ReadConnectionInit;
  #users = 0;
  #ahead = 0;
  #freed: Deferred<void> = deferred();
  #failedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param init How it is used. */
  constructor(init: ReadConnectionInit) {
    this.#init = init;
  }

  /** Why the headers of a read do not go there; `undefined` where they do. */
  get withholds(): string | undefined {
    return this.#init.withholds;
  }

  /** Whether it could not be reached a short time ago. */
  get isDown(): boolean {
    return Date.now() < this.#failedAt + DOWN_MS;
  }

  /** Remembers whether it could be reached. */
  set isDown(isDown: boolean) {
    this.#failedAt = isDown ? Date.now() : -Infinity;
  }

  /** Whether nobody uses it. */
  get isIdle(): boolean {
    return this.#users === 0;
  }

  /** Begins to read an endpoint. */
  open(
    endpoint: FlightEndpoint,
    location: Location,
    options: FlightCallOptions,
  ): EndpointStream {
    return this.#init.open(endpoint, location, options);
  }

  /** One more uses it, until `release`. */
  use(): void {
    clearTimeout(this.#timer);
    this.#users++;
  }

  /** One less uses it. */
  release(): void {
    const { onIdle, idleMs } = this.#init;
    if (--this.#users > 0 || onIdle === undefined) return;
    const timer = setTimeout(onIdle, idleMs);
    // An idle connection does not keep the process alive, and neither does this.
    (timer as { unref?(): void }).unref?.();
    this.#timer = timer;
  }

  /** Whether one more stream may stand unread; it then counts until `endAhead`. */
  beginAhead(): boolean {
    if (this.#ahead >= (this.#init.maxUnread ?? Infinity)) return false;
    this.#ahead++;
    return true;
  }

  /** A stream is read, or has ended. */
  endAhead(): void {
    this.#ahead--;
    this.#freed.resolve();
    this.#freed = deferred();
  }

  /** Resolves when `beginAhead` may succeed again. */
  get freed(): Promise<void> {
    return this.#freed.promise;
  }

  /** Closes the connection. */
  close(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#init.close();
  }
}

/** The use of a connection for one endpoint. */
export class ConnectionLease {
  readonly #connection: ReadConnection;
  readonly #location: Location;
  #isAhead = false;
  #isReleased = false;

  /**
   * @param connection The connection.
   * @param location The location that led to it.
   */
  constructor(connection: ReadConnection, location: Location) {
    this.#connection = connection;
    this.#location = location;
    connection.use();
  }

  /** What the connection is called in errors. */
  get name(): string {
    return locationName(this.#location);
  }

  /** Why the headers of a read do not go there; `undefined` where they do. */
  get withholds(): string | undefined {
    return this.#connection.withholds;
  }

  /** Begins to read an endpoint. */
  open(endpoint: FlightEndpoint, options: FlightCallOptions): EndpointStream {
    return this.#connection.open(endpoint, this.#location, options);
  }

  /**
   * Waits until the endpoint may be opened, to stand unread until its turn.
   *
   * @param turn Resolves at its turn, when it may be opened in any case.
   */
  async beginAhead(turn: Promise<void>): Promise<void> {
    let isTurn = false;
    // It rejects when the endpoint is cancelled: nobody may wait any more.
    const turned = handled(turn.then(() => {
      isTurn = true;
    }));
    while (!isTurn) {
      this.#isAhead = this.#connection.beginAhead();
      if (this.#isAhead) return;
      // Whoever waits longest is woken first.
      await Promise.race([turned, this.#connection.freed]);
    }
  }

  /** The turn of the endpoint has come; idempotent. */
  endAhead(): void {
    if (this.#isAhead) this.#connection.endAhead();
    this.#isAhead = false;
  }

  /** Remembers whether the connection could be reached. */
  setReached(isReached: boolean): void {
    this.#connection.isDown = !isReached;
  }

  /** Gives the connection back; idempotent. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.endAhead();
    this.#connection.release();
  }
}
