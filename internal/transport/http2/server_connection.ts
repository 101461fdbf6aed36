/** A connection of the server: its calls, its age and its end. */

import type { Socket } from "node:net";
import { clearTimeout, setTimeout } from "node:timers";

import { PassingMap } from "../../base/lifetimes/passing_map.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { PeerCertificate } from "../../core/peer_certificate.ts";
import { peerName } from "../addresses.ts";
import { clientGoneError } from "../../grpc/call_errors.ts";
import type { CallHandler } from "../../seam/transport.ts";
import { Http2Connection } from "../../http2/connection/connection.ts";
import { HalfClose } from "../../http2/connection/half_close.ts";
import { Keepalive } from "../../http2/connection/keepalive.ts";
import type { ConnectionTimes, TransportLimits } from "./options.ts";
import { ConnectionTimers } from "./connection_timers.ts";
import type { WebRequests } from "./refusals.ts";
import { ServerCall } from "./server_call.ts";
import { StallGuard } from "../../http2/connection/stall_guard.ts";
import type { Http2Stream } from "../../http2/connection/stream.ts";

/**
 * Longest wait for the answer to the PING behind a GOAWAY, in milliseconds. The
 * answer tells that every running call was begun before the client saw the
 * GOAWAY.
 */
const GOAWAY_TIMEOUT_MS = 1000;

/** Options of a server's connection. */
export interface ServerConnectionInit {
  /** Connected socket. */
  readonly socket: Socket;
  /** Verified certificate of the client, if there is one. */
  readonly peerCertificate: PeerCertificate | undefined;
  /** Answers its calls. */
  readonly handler: CallHandler;
  /** Settings of gRPC-Web; undefined if the server does not speak it. */
  readonly web: WebRequests | undefined;
  /** Limits. */
  readonly limits: TransportLimits;
  /** Times. */
  readonly times: ConnectionTimes;
  /** Called when the client has shown that it speaks the protocol. */
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
  readonly #calls = new PassingMap<Http2Stream, ServerCall>();
  readonly #timers: ConnectionTimers;
  #goawayTimer: Timer | undefined;
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
    this.#timers = new ConnectionTimers(init.times, this);
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
    this.#goawayTimer = setTimeout(finish, GOAWAY_TIMEOUT_MS);
  }

  /** Ends all calls with `error`, and the connection. */
  abort(error: FlightError): void {
    for (const call of this.#calls.values()) call.fail(error);
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
    this.#timers.start();
  }

  #accept(stream: Http2Stream): void {
    const call: ServerCall = new ServerCall(stream, {
      handler: this.#init.handler,
      web: this.#init.web,
      connection: this.#connection,
      protocol: "HTTP/2",
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
    for (const [stream, call] of this.#calls.entries()) {
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
    this.#timers.setBusy(size > 0);
  }

  #ended(): void {
    clearTimeout(this.#goawayTimer);
    this.#timers.stop();
    this.#keepalive?.stop();
    this.#stallGuard?.stop();
    this.#halfClose?.stop();
    this.#init.onEnd();
  }
}

/** Makes the error of a call whose client reads nothing. */
export function stallError(
  { sendStallTimeoutMs }: ConnectionTimes,
): FlightError {
  return new FlightError(
    "DEADLINE_EXCEEDED",
    `the client read nothing for ${sendStallTimeoutMs} ms (option ` +
      "sendStallTimeoutMs)",
  );
}
