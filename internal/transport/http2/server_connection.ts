/** A connection of the server: its calls, its age and its end. */

import type { Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";

import { FlightError } from "../../core/flight_error.ts";
import type { PeerCertificate } from "../../core/peer_certificate.ts";
import { peerName } from "../addresses.ts";
import { clientGoneError } from "../../grpc/call_errors.ts";
import type { Cors } from "../../grpc/web/cors.ts";
import type { CallHandler } from "../../seam/transport.ts";
import { Http2Connection } from "../../http2/connection/connection.ts";
import { HalfClose } from "../../http2/connection/half_close.ts";
import { Keepalive } from "../../http2/connection/keepalive.ts";
import type { ConnectionTimes, TransportLimits } from "./options.ts";
import { ServerCall } from "./server_call.ts";
import { StallGuard } from "../../http2/connection/stall_guard.ts";
import type { Http2Stream } from "../../http2/connection/stream.ts";

/**
 * Longest wait for the answer to the PING behind a GOAWAY, in milliseconds. The
 * answer tells that every running call was begun before the client saw the
 * GOAWAY.
 */
const GOAWAY_TIMEOUT_MS = 1000;

/** Jitter of the age at which a connection is closed, as a fraction. */
const AGE_JITTER = 0.1;

/** Options of a server's connection. */
interface ServerConnectionInit {
  /** Connected socket. */
  readonly socket: Socket;
  /** Verified certificate of the client, if there is one. */
  readonly peerCertificate: PeerCertificate | undefined;
  /** Answers its calls. */
  readonly handler: CallHandler;
  /** Permissions for pages; undefined if the server does not speak gRPC-Web. */
  readonly cors: Cors | undefined;
  /** Limits. */
  readonly limits: TransportLimits;
  /** Times. */
  readonly times: ConnectionTimes;
  /** Called when the client has shown that it speaks HTTP/2. */
  readonly onReady: () => void;
  /** Called when the connection has ended. */
  readonly onEnd: () => void;
}

type Timer = ReturnType<typeof setTimeout>;

/** Answers the calls of one client. */
export class ServerConnection {
  readonly #init: ServerConnectionInit;
  readonly #connection: Http2Connection;
  readonly #peer: string;
  readonly #calls = new Map<Http2Stream, ServerCall>();
  readonly #timers = new Set<Timer>();
  #idleTimer: Timer | undefined;
  #keepalive: Keepalive | undefined;
  #stallGuard: StallGuard | undefined;
  /** Set after the client has closed its sending side. */
  #halfClose: HalfClose | undefined;
  #isDraining = false;
  #isFinal = false;

  /** @param init The options. */
  constructor(init: ServerConnectionInit) {
    this.#init = init;
    this.#peer = peerName(init.socket);
    this.#connection = new Http2Connection(
      "server",
      init.socket,
      init.limits,
      {
        onReady: () => this.#ready(),
        onChange: () => this.#changed(),
        onGoaway: () => {},
        onStream: (stream) => this.#accept(stream),
        onPeerEnd: () => this.#peerEnded(),
        onEnd: () => this.#ended(),
      },
    );
  }

  /**
   * Lets running calls finish, then closes (RFC 9113, section 6.8). A first
   * GOAWAY refuses nothing; a second one, after the client has seen the first,
   * does.
   *
   * @param reason Text for the client.
   */
  drain(reason: string): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#connection.sendGoaway(false, reason);
    const finish = (): void => {
      if (this.#isFinal) return;
      this.#isFinal = true;
      this.#connection.sendGoaway(true, reason);
      this.#changed();
    };
    this.#connection.ping(finish);
    this.#after(GOAWAY_TIMEOUT_MS, finish);
  }

  /** Ends all calls with `error`, and the connection. */
  abort(error: FlightError): void {
    for (const call of [...this.#calls.values()]) call.fail(error);
    this.#connection.close();
  }

  #ready(): void {
    const { limits, times, onReady } = this.#init;
    onReady();
    if (limits.keepaliveTimeMs !== undefined) {
      this.#keepalive = new Keepalive(
        this.#connection,
        limits.keepaliveTimeMs,
        limits.keepaliveTimeoutMs,
      );
    }
    if (times.sendStallTimeoutMs !== undefined) {
      this.#stallGuard = new StallGuard(
        this.#connection,
        times.sendStallTimeoutMs,
        (stream) => this.#calls.get(stream)?.fail(stallError(times)),
      );
    }
    const age = times.maxConnectionAgeMs;
    if (age === undefined) return;
    // So that connections made at the same time do not all end at once.
    this.#after(age * (1 + AGE_JITTER * (2 * Math.random() - 1)), () => {
      this.drain("max_age");
      const grace = times.maxConnectionAgeGraceMs;
      if (grace === undefined) return;
      this.#after(grace, () => {
        this.abort(
          new FlightError("UNAVAILABLE", "the connection was too old"),
        );
      });
    });
  }

  #accept(stream: Http2Stream): void {
    const call: ServerCall = new ServerCall(stream, {
      handler: this.#init.handler,
      cors: this.#init.cors,
      connection: this.#connection,
      peer: this.#peer,
      peerCertificate: this.#init.peerCertificate,
      limits: this.#init.limits,
      onEnd: () => this.#calls.delete(stream),
    });
    stream.listener = call;
    this.#calls.set(stream, call);
  }

  /**
   * Handles a client that has closed its sending side: calls whose requests are
   * complete go on.
   */
  #peerEnded(): boolean {
    for (const [stream, call] of [...this.#calls]) {
      if (!stream.remoteEnded) call.fail(clientGoneError());
    }
    if (this.#connection.streams.size === 0) return false;
    // It cannot answer either.
    this.#keepalive?.stop();
    this.#halfClose = new HalfClose(
      this.#connection,
      (stream) => this.#calls.get(stream)?.fail(clientGoneError()),
    );
    return true;
  }

  /** Handles a change in the number of streams. */
  #changed(): void {
    const { size } = this.#connection.streams;
    if ((this.#isFinal || this.#halfClose) && size === 0) {
      return this.#connection.close();
    }
    const idleMs = this.#init.times.maxConnectionIdleMs;
    if (idleMs === undefined) return;
    if (size > 0) {
      clearTimeout(this.#idleTimer);
      this.#idleTimer = undefined;
    } else {
      this.#idleTimer ??= setTimeout(() => this.drain("max_idle"), idleMs);
    }
  }

  #after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #ended(): void {
    clearTimeout(this.#idleTimer);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#keepalive?.stop();
    this.#stallGuard?.stop();
    this.#halfClose?.stop();
    this.#init.onEnd();
  }
}

function stallError({ sendStallTimeoutMs }: ConnectionTimes): FlightError {
  return new FlightError(
    "DEADLINE_EXCEEDED",
    `the client read nothing for ${sendStallTimeoutMs} ms (option ` +
      "sendStallTimeoutMs)",
  );
}
