/** The connection of a client: made, used up to its limits, and made again. */

import type { Socket } from "node:net";

import { handled } from "../../base/handled.ts";
import type { FlightError } from "../../core/flight_error.ts";
import type { GrpcAddress } from "../../protocol/location.ts";
import { connectError, connectTimeoutText } from "../../grpc/call_errors.ts";
import type { ClientTls } from "../client_tls.ts";
import { backoffMs, MAX_BACKOFF_MS } from "../backoff.ts";
import { Http2Connection } from "../../http2/connection/connection.ts";
import { type ConnectionEnd, goawayText } from "../../http2/frame/goaway.ts";
import { Keepalive } from "../../http2/connection/keepalive.ts";
import type { TransportLimits } from "./options.ts";
import { connectSocket } from "./sockets.ts";

/** Number of consecutive useless connections after which calls fail. */
const MAX_USELESS = 3;

/** Call that waits for a stream. */
export interface WaitingCall {
  /** Called with a connection on which it can begin a stream now. */
  attach(connection: Http2Connection): void;
  /** Called when there is no connection. */
  fail(error: FlightError): void;
}

/** Gives streams to calls. */
export interface StreamSupply {
  /** Gives `call` a stream as soon as there is one. */
  request(call: WaitingCall): void;
  /** Notes that the server answers a call: its connection is useful. */
  answered(connection: Http2Connection): void;
  /** Forgets a call that no longer waits. */
  withdraw(call: WaitingCall): void;
  /** Closes all connections; open streams end. */
  close(): void;
}

/** Options of a {@linkcode Connector}. */
export interface ConnectorInit {
  /** Address of the server. */
  readonly address: GrpcAddress;
  /** Its location URI, for errors. */
  readonly location: string;
  /** TLS, if the connection is secure. */
  readonly tls: ClientTls | undefined;
  /** Limits. */
  readonly limits: TransportLimits;
  /** Timeout of an attempt, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** Attempt to connect, shared by all waiting calls. */
interface Attempt {
  /** True if it follows one that the server has dropped. */
  readonly isSecond: boolean;
  /** Time at which it fails, by `performance.now()`. */
  failsAt?: number;
  socket?: Socket;
  connection?: Http2Connection;
  timer?: ReturnType<typeof setTimeout>;
}

/**
 * Gives streams to calls, in their order, on the one connection it has or on a
 * new one. A failed attempt fails the calls that wait for it; the next attempt
 * is made with the next call, after a delay that grows with every failure. A
 * useless connection counts as a failure: a server that ends each at once would
 * otherwise get thousands of connections a second.
 */
export class Connector implements StreamSupply {
  readonly #init: ConnectorInit;
  readonly #failCalls: (
    calls: readonly WaitingCall[],
    error: FlightError,
  ) => void;
  readonly #waiting = new Set<WaitingCall>();
  #connection: Http2Connection | undefined;
  /** Time at which it was ready; undefined once it has answered a call. */
  #unprovenSince: number | undefined;
  /** Connections that accept no more calls, and end with their last one. */
  readonly #draining = new Set<Http2Connection>();
  #attempt: Attempt | undefined;
  #failures = 0;
  #failureTime = 0;
  #keepaliveTimeMs: number | undefined;
  #isClosed = false;
  #waitsForRoom = false;

  /**
   * @param init The options.
   * @param failCalls Called with calls for which there is no connection; by
   * default, they fail.
   */
  constructor(
    init: ConnectorInit,
    failCalls = (calls: readonly WaitingCall[], error: FlightError): void => {
      for (const call of calls) call.fail(error);
    },
  ) {
    this.#init = init;
    this.#failCalls = failCalls;
    this.#keepaliveTimeMs = init.limits.keepaliveTimeMs;
  }

  /** Number of calls that wait for its connection or are open on it. */
  get load(): number {
    return this.#waiting.size + (this.#connection?.streams.size ?? 0);
  }

  /** True if it has a connection. */
  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** Time since which it is being connected, in milliseconds since the epoch; Infinity if it is not. */
  get connectsSince(): number {
    return this.#attempt?.failsAt === undefined
      ? Infinity
      : this.#attempt.failsAt - this.#init.connectTimeoutMs;
  }

  /** True if it has a connection, and none that was useless since the last answer. */
  get isProven(): boolean {
    return this.#connection !== undefined && this.#failures === 0;
  }

  /** True if it has no connection, and the last attempt or connection was of no use. */
  get isFailing(): boolean {
    return this.#connection === undefined && this.#failures > 0;
  }

  /** Reports whether a connection is one of its own. */
  has(connection: Http2Connection): boolean {
    return connection === this.#connection || this.#draining.has(connection);
  }

  /** Connects without a call, unless the delay after a failure has not passed yet. */
  prepare(): void {
    if (this.#connection || this.#attempt || this.#backoff() > 0) return;
    this.#plan();
  }

  request(call: WaitingCall): void {
    this.#waiting.add(call);
    this.#serve();
  }

  answered(connection: Http2Connection): void {
    this.#failures = 0;
    if (connection === this.#connection) this.#unprovenSince = undefined;
  }

  withdraw(call: WaitingCall): void {
    if (!this.#waiting.delete(call)) return;
    // The connection that is being made is no longer needed.
    if (this.#waiting.size === 0) this.#dropAttempt();
  }

  /** Stops the wait of a call, but goes on to connect; returns false if the call does not wait here. */
  release(call: WaitingCall): boolean {
    return this.#waiting.delete(call);
  }

  close(): void {
    this.#isClosed = true;
    this.#dropAttempt();
    this.#connection?.close();
    for (const connection of this.#draining) connection.close();
  }

  #serve(): void {
    const connection = this.#connection;
    if (connection === undefined) {
      if (this.#waiting.size > 0 && !this.#attempt) this.#plan();
      return;
    }
    for (const call of this.#waiting) {
      if (!connection.isUsable) break;
      const { maxConcurrentStreams } = connection.settings;
      if (connection.streams.size >= maxConcurrentStreams) break;
      const room = connection.room();
      if (room) {
        this.#serveLater(room);
        break;
      }
      this.#waiting.delete(call);
      call.attach(connection);
    }
    this.#look(connection);
  }

  #serveLater(room: Promise<void>): void {
    if (this.#waitsForRoom) return;
    this.#waitsForRoom = true;
    handled(room.then(() => {
      this.#waitsForRoom = false;
      this.#serve();
    }));
  }

  /** Checks a connection for exhausted stream ids or idleness. */
  #look(connection: Http2Connection, problem = ""): void {
    if (connection.isEnded) return;
    if (connection === this.#connection) {
      // An idle connection does not keep the process alive.
      connection.setRef(connection.streams.size + this.#waiting.size > 0);
      if (connection.isUsable) return;
      this.#draining.add(connection);
      this.#replace(problem);
    }
    if (connection.streams.size === 0) connection.close();
  }

  /**
   * Drops a connection that accepts no more calls: the next call needs another.
   */
  #replace(problem: string): void {
    const since = this.#unprovenSince;
    this.#connection = this.#unprovenSince = undefined;
    if (since !== undefined) {
      // A connection that lasts is not replaced more often than after failures.
      if (performance.now() - since >= MAX_BACKOFF_MS) this.#failures = 0;
      else this.#countFailure();
    }
    if (this.#failures >= MAX_USELESS) {
      const what = "the server ends connections before it answers a call";
      this.#failWaiting(problem === "" ? what : `${what}: ${problem}`);
    }
    this.#serve();
  }

  /** Makes an attempt, with a delay after a failed one. */
  #plan(): void {
    if (this.#isClosed) return;
    const attempt: Attempt = { isSecond: false };
    this.#attempt = attempt;
    const delay = this.#backoff();
    if (delay <= 0) this.#connect(attempt);
    else attempt.timer = setTimeout(() => this.#connect(attempt), delay);
  }

  /** Rest of the delay after a failure, in milliseconds; 0 or less without one. */
  #backoff(): number {
    return this.#failures === 0
      ? 0
      : this.#failureTime + backoffMs(this.#failures) - performance.now();
  }

  #connect(attempt: Attempt): void {
    const { address, tls, connectTimeoutMs } = this.#init;
    attempt.failsAt ??= performance.now() + connectTimeoutMs;
    attempt.timer = setTimeout(() => {
      const text = connectTimeoutText(connectTimeoutMs);
      const foreign = attempt.connection?.preface.foreignProtocol;
      this.#attemptFailed(attempt, foreign ? `${text}; ${foreign}` : text);
    }, Math.max(attempt.failsAt - performance.now(), 1));
    const fail = (error: Error, isDropped: boolean): void => {
      if (isDropped) this.#dropped(attempt, error.message, error);
      else this.#attemptFailed(attempt, error.message, error);
    };
    try {
      attempt.socket = connectSocket(
        address,
        tls?.(),
        (socket) => this.#begin(attempt, socket),
        fail,
      );
    } catch (error) {
      fail(error as Error, false);
    }
  }

  /**
   * Starts HTTP/2 on a new socket; the server may still speak something else.
   */
  #begin(attempt: Attempt, socket: Socket): void {
    if (attempt !== this.#attempt) {
      socket.destroy();
      return;
    }
    let keepalive: Keepalive | undefined;
    const connection: Http2Connection = new Http2Connection(
      "client",
      socket,
      this.#init.limits,
      {
        onReady: () => {
          keepalive = this.#watch(connection);
          this.#ready(attempt, connection);
        },
        onChange: () => this.#changed(connection),
        onGoaway: (_, code, debug) => {
          if (code === "ENHANCE_YOUR_CALM" && debug === "too_many_pings") {
            this.#keepaliveTimeMs = 2 * (this.#keepaliveTimeMs ?? 0) ||
              undefined;
          }
          this.#changed(connection, goawayText(code, debug));
        },
        onStream: () => {},
        onEnd: (end) => {
          keepalive?.stop();
          this.#ended(attempt, connection, end);
        },
      },
    );
    attempt.connection = connection;
  }

  #watch(connection: Http2Connection): Keepalive | undefined {
    return this.#keepaliveTimeMs === undefined ? undefined : new Keepalive(
      connection,
      this.#keepaliveTimeMs,
      this.#init.limits.keepaliveTimeoutMs,
    );
  }

  #ready(attempt: Attempt, connection: Http2Connection): void {
    if (attempt !== this.#attempt) return;
    clearTimeout(attempt.timer);
    this.#attempt = undefined;
    this.#connection = connection;
    this.#unprovenSince = performance.now();
    this.#serve();
  }

  #changed(connection: Http2Connection, problem?: string): void {
    if (connection === this.#connection) {
      if (connection.isUsable) this.#serve();
      else this.#look(connection, problem);
    } else if (this.#draining.has(connection)) this.#look(connection);
  }

  #ended(
    attempt: Attempt,
    connection: Http2Connection,
    end: ConnectionEnd,
  ): void {
    if (attempt === this.#attempt) {
      if (connection.preface.isUntouched) {
        this.#dropped(attempt, this.#silentEndText(end.problem));
      } else this.#attemptFailed(attempt, end.problem);
      return;
    }
    this.#draining.delete(connection);
    if (connection === this.#connection) this.#replace(end.problem);
  }

  /** Adds the usual reasons for the end of a connection on which the server has said nothing. */
  #silentEndText(problem: string): string {
    const { address, tls } = this.#init;
    // A Unix socket of a client never has TLS.
    return tls !== undefined || address.kind === "unix"
      ? problem
      : `${problem}: it may speak TLS (use a grpc+tls location), or have too ` +
        "many connections";
  }

  /**
   * Makes an attempt once more that has ended without a byte of the server: one
   * that ends resets the connections in its queue, and another may be in its
   * place by now. No call has begun on such a connection.
   */
  #dropped(attempt: Attempt, reason: string, cause?: unknown): void {
    if (attempt !== this.#attempt) return;
    if (attempt.isSecond) return this.#attemptFailed(attempt, reason, cause);
    this.#dropAttempt();
    this.#attempt = { isSecond: true, failsAt: attempt.failsAt! };
    this.#connect(this.#attempt);
  }

  #attemptFailed(attempt: Attempt, reason: string, cause?: unknown): void {
    if (attempt !== this.#attempt) return;
    this.#dropAttempt();
    this.#countFailure();
    this.#failWaiting(reason, cause);
  }

  #countFailure(): void {
    this.#failures++;
    this.#failureTime = performance.now();
  }

  #failWaiting(reason: string, cause?: unknown): void {
    const error = connectError(
      this.#init.location,
      reason,
      cause === undefined ? {} : { cause },
    );
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#failCalls(waiting, error);
  }

  #dropAttempt(): void {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    this.#attempt = undefined;
    clearTimeout(attempt.timer);
    if (attempt.connection) attempt.connection.destroy("it was not needed");
    else attempt.socket?.destroy();
  }
}
