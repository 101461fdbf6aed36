/** A connection of the server on which gRPC-Web comes over HTTP/1.1. */

import type { FlightError } from "../../../core/flight_error.ts";
import { headerListBytes } from "../../../grpc/header_list.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../../grpc/metadata.ts";
import { Http1Connection } from "../../../http1/connection.ts";
import type { Http1Exchange } from "../../../http1/exchange.ts";
import { HttpError } from "../../../http1/http_error.ts";
import { asksForWebSocket } from "../../../http1/websocket/handshake.ts";
import type { Header } from "../../../http2/hpack/header.ts";
import { peerName } from "../../addresses.ts";
import type { CallConnection } from "../call_stream.ts";
import { ConnectionTimers } from "../connection_timers.ts";
import type { Refusal } from "../refusals.ts";
import { ServerCall } from "../server_call.ts";
import { type ServerConnectionInit, stallError } from "../server_connection.ts";
import { openWebSocket } from "./web_socket.ts";

/**
 * Most bytes of a request that wait to be read. The kernel has as many for each connection; a larger
 * number would only move them here.
 */
const MAX_UNREAD_BYTES: number = 512 * 1024;

/** Listener of a request whose body means nothing. */
const IGNORED: Http1Exchange["listener"] = {
  onStreamData: () => {},
  placeStreamData: () => undefined,
  onStreamDataPlaced: () => {},
  onStreamEnd: () => {},
  onStreamReset: () => {},
};

/** Answers the requests of one client, one after the other. */
export class Http1ServerConnection implements CallConnection {
  /** Limits of the client: there are none in HTTP/1.1. */
  readonly settings = { maxHeaderListBytes: 2 * MAX_SENT_HEADERS_BYTES };
  /** Size of the last header list, in bytes as HTTP/2 counts them. */
  listBytes = 0;
  readonly #init: ServerConnectionInit;
  readonly #connection: Http1Connection;
  readonly #timers: ConnectionTimers;
  readonly #peer: string;
  readonly #scheme: string;
  #call: ServerCall | undefined;
  /** Ends the call of a WebSocket. */
  #ending: AbortController | undefined;
  #isReady = false;

  /** @param init The options. */
  constructor(init: ServerConnectionInit) {
    const { socket, limits, times } = init;
    this.#init = init;
    this.#peer = peerName(socket);
    const { encrypted } = socket as { encrypted?: boolean };
    this.#scheme = encrypted ? "https" : "http";
    this.#timers = new ConnectionTimers(times, this);
    this.#connection = new Http1Connection(socket, {
      maxHeadBytes: limits.maxHeaderListBytes,
      unreadBytes: Math.min(MAX_UNREAD_BYTES, limits.windowBytes),
      headTimeoutMs: times.handshakeTimeoutMs,
      stallTimeoutMs: times.sendStallTimeoutMs,
    }, {
      onExchange: (exchange) => this.#answer(exchange),
      onIdle: () => this.#timers.setBusy(false),
      onStall: () => this.#call?.fail(stallError(times)),
      onEnd: () => {
        this.#timers.stop();
        init.onEnd();
      },
    });
  }

  /** Waits until data may be written; undefined if it may be now. */
  room(): Promise<void> | undefined {
    return this.#connection.room();
  }

  /** Does nothing: a client gets one answer at a time, and must read it. */
  countUseless(): void {}

  /** Lets the running call finish, then closes. */
  drain(): void {
    this.#connection.drain();
  }

  /** Ends the call with `error`, and the connection. */
  abort(error: FlightError): void {
    // Its status has to leave first; the call then closes the connection.
    if (this.#ending) return this.#ending.abort(error);
    this.#call?.fail(error);
    this.#connection.close();
  }

  #answer(exchange: Http1Exchange): void {
    const { head } = exchange;
    const list: Header[] = [
      [":method", head.method],
      [":scheme", this.#scheme],
      [":path", head.target],
      [":authority", head.host],
      ...head.fields.filter(([name]) => name !== "expect"),
    ];
    this.listBytes = headerListBytes(list);
    const { maxHeaderListBytes } = this.#init.limits;
    if (this.listBytes > maxHeaderListBytes) {
      throw new HttpError(
        431,
        `The fields exceed the limit of ${maxHeaderListBytes} bytes (option maxHeaderListBytes)`,
      );
    }
    if (!this.#isReady) {
      this.#isReady = true;
      this.#init.onReady();
      this.#timers.start();
    }
    this.#timers.setBusy(true);
    if (this.#init.web && asksForWebSocket(head)) {
      return this.#openWebSocket(exchange);
    }
    const call: ServerCall = new ServerCall(exchange, {
      handler: this.#init.handler,
      web: this.#init.web,
      connection: this,
      protocol: "HTTP/1.1",
      peer: this.#peer,
      peerCertificate: this.#init.peerCertificate,
      limits: this.#init.limits,
      onEnd: () => {
        if (this.#call === call) this.#call = undefined;
      },
    });
    this.#call = call;
    exchange.listener = call;
    call.onStreamHeaders(list);
  }

  #openWebSocket(exchange: Http1Exchange): void {
    const { handler, web, limits, times, peerCertificate } = this.#init;
    exchange.listener = IGNORED;
    const ending = new AbortController();
    const refusal = openWebSocket({
      exchange,
      scheme: this.#scheme,
      web: web!,
      handler,
      limits,
      times,
      peer: this.#peer,
      connection: this,
      peerCertificate,
      signal: ending.signal,
    });
    if (refusal) refuse(exchange, refusal);
    else this.#ending = ending;
  }
}

function refuse(exchange: Http1Exchange, { headers, text }: Refusal): void {
  exchange.discard();
  exchange.sendHeaders(headers);
  const body = new TextEncoder().encode(text);
  exchange.sendData([body], body.length, true);
}
