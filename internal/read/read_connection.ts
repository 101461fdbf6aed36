/** Connection from which endpoints are read, and its state. */

import { type Deferred, deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import { DownTime } from "../base/timers/down_time.ts";
import type { FlightCallOptions } from "../core/call_options.ts";
import type { FlightEndpoint } from "../protocol/flight_endpoint.ts";
import type { Location } from "../protocol/location.ts";
import type { EndpointStream } from "./endpoint_stream.ts";
import { locationName } from "./location_name.ts";

/** First and longest time for which a connection that could not be reached is tried last, in milliseconds. */
const DOWN_MS = 30_000;
const LONGEST_DOWN_MS = 10 * 60_000;

/** Options of a {@linkcode ReadConnection}. */
export interface ReadConnectionInit {
  /**
   * Reason for withholding the headers of a read, which identify the caller. Absent if they are
   * sent.
   */
  readonly withholds?: string | undefined;
  /** Most streams of it that may wait unread without blocking the others. Default: any number. */
  readonly maxUnread?: number | undefined;
  /** Starts to read an endpoint; `isLast` if it has no other location. */
  open(
    endpoint: FlightEndpoint,
    location: Location,
    options: FlightCallOptions,
    isLast: boolean,
  ): EndpointStream;
  /** Closes the connection. */
  close(): Promise<void>;
  /** Called when it was unused for `idleMs`, to close it. */
  readonly onIdle?: (() => void) | undefined;
  /** See `onIdle`; in milliseconds. */
  readonly idleMs?: number | undefined;
}

/** Connection that endpoints share. */
export class ReadConnection {
  readonly #init: ReadConnectionInit;
  #users = 0;
  #ahead = 0;
  #freed: Deferred<void> = deferred();
  readonly #downTime = new DownTime(DOWN_MS, LONGEST_DOWN_MS);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param init The options. */
  constructor(init: ReadConnectionInit) {
    this.#init = init;
  }

  /** Reason for withholding the headers of a read; `undefined` if they are sent. */
  get withholds(): string | undefined {
    return this.#init.withholds;
  }

  /** True if it could not be reached a short time ago. */
  get isDown(): boolean {
    return this.#downTime.isDown;
  }

  /** Remembers whether it could be reached. */
  set isDown(isDown: boolean) {
    if (isDown) this.#downTime.failed();
    else this.#downTime.succeeded();
  }

  /** True if it has no users. */
  get isIdle(): boolean {
    return this.#users === 0;
  }

  /** Starts to read an endpoint; `isLast` if it has no other location. */
  open(
    endpoint: FlightEndpoint,
    location: Location,
    options: FlightCallOptions,
    isLast: boolean,
  ): EndpointStream {
    return this.#init.open(endpoint, location, options, isLast);
  }

  /** Adds a user, until `release`. */
  use(): void {
    clearTimeout(this.#timer);
    this.#users++;
  }

  /** Removes a user. */
  release(): void {
    const { onIdle, idleMs } = this.#init;
    if (--this.#users > 0 || onIdle === undefined) return;
    const timer = setTimeout(onIdle, idleMs);
    // An idle connection does not keep the process alive, so neither does this timer.
    (timer as { unref?(): void }).unref?.();
    this.#timer = timer;
  }

  /** Reserves room for one more unread stream, until `endAhead`; returns false if there is none. */
  beginAhead(): boolean {
    if (this.#ahead >= (this.#init.maxUnread ?? Infinity)) return false;
    this.#ahead++;
    return true;
  }

  /** Releases the room: a stream is read, or has ended. */
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

/** Use of a connection for one endpoint. */
export class ConnectionLease {
  readonly #connection: ReadConnection;
  readonly #location: Location;
  readonly #isLast: boolean;
  #isAhead = false;
  #isReleased = false;

  /**
   * @param connection The connection.
   * @param location The location that led to it.
   * @param isLast True if the endpoint has no other location.
   */
  constructor(
    connection: ReadConnection,
    location: Location,
    isLast: boolean,
  ) {
    this.#connection = connection;
    this.#location = location;
    this.#isLast = isLast;
    connection.use();
  }

  /** Name of the connection for errors. */
  get name(): string {
    return locationName(this.#location);
  }

  /** Reason for withholding the headers of a read; `undefined` if they are sent. */
  get withholds(): string | undefined {
    return this.#connection.withholds;
  }

  /** Starts to read an endpoint. */
  open(endpoint: FlightEndpoint, options: FlightCallOptions): EndpointStream {
    return this.#connection.open(
      endpoint,
      this.#location,
      options,
      this.#isLast,
    );
  }

  /**
   * Waits until the endpoint may be opened, to stay unread until its turn.
   *
   * @param turn Resolves at its turn, when it may be opened in any case.
   */
  async beginAhead(turn: Promise<void>): Promise<void> {
    let isTurn = false;
    // It rejects when the endpoint is canceled: the wait may have ended.
    const turned = handled(turn.then(() => {
      isTurn = true;
    }));
    while (!isTurn) {
      this.#isAhead = this.#connection.beginAhead();
      if (this.#isAhead) return;
      // The one that waits longest is woken first.
      await Promise.race([turned, this.#connection.freed]);
    }
  }

  /** Starts the turn of the endpoint; idempotent. */
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
