/** One call of the server over a WebSocket: docs/websocket.md. */

import { afterDelay, atDeadline } from "../../base/timers/deadline.ts";
import { type Deferred, deferred } from "../../base/deferred.ts";
import { handled } from "../../base/handled.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import type { PeerCertificate } from "../../core/peer_certificate.ts";
import {
  clientGoneError,
  deadlineError,
  handlerError,
  notAcceptedError,
} from "../../grpc/call_errors.ts";
import { withPrefix } from "../../grpc/message_writer.ts";
import { MAX_SENT_HEADERS_BYTES } from "../../grpc/metadata.ts";
import { sentTooLarge, statusList } from "../../grpc/status_list.ts";
import { toHeaderList } from "../../grpc/header_list.ts";
import { callHead } from "../../grpc/web/call_head.ts";
import type { HeaderList } from "../../http2/hpack/header.ts";
import { CALL_ENDED } from "../../seam/call_ended.ts";
import type {
  CallHandler,
  CallResponse,
  OutgoingMessage,
} from "../../seam/transport.ts";
import { Channel, type ChannelListener } from "./channel.ts";
import type { WebSocketConnection } from "./connection.ts";
import { IncomingMessages } from "./incoming_messages.ts";
import type { WebSocketSettings } from "./settings.ts";

/** A call that begins with a WebSocket. */
interface WebSocketCall {
  /** The path of the method, without any prefix. */
  readonly path: string;
  /** The headers of the upgrade that the service may see. They take the place of those of the call. */
  readonly headers: HeaderList;
  /** Address of the client, such as `127.0.0.1:41234`. */
  readonly peer: string;
  /** An object that all calls of one connection share; `undefined` for the address. */
  readonly connection: object | undefined;
  /** The certificate that the client has shown, if it had to. */
  readonly peerCertificate?: PeerCertificate | undefined;
  /** Ends the call with its reason, as at the end of a shutdown. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of the server. */
export interface WebSocketServerSettings extends WebSocketSettings {
  /** Answers the calls. */
  readonly handler: CallHandler;
  /** Time in which the headers of the call must come, in milliseconds. */
  readonly handshakeTimeoutMs: number;
}

/**
 * Answers the one call of a WebSocket with our subprotocol.
 *
 * @param connection The socket, which is the call's from now on.
 * @param call The call.
 * @param settings The handler and the limits.
 * @returns A promise that resolves when the call has ended and the socket is closed on this side. It
 * never rejects.
 */
export function answerWebSocket(
  connection: WebSocketConnection,
  call: WebSocketCall,
  settings: WebSocketServerSettings,
): Promise<void> {
  return new ServerCall(connection, call, settings).run();
}

class ServerCall implements ChannelListener {
  readonly #call: WebSocketCall;
  readonly #settings: WebSocketServerSettings;
  readonly #channel: Channel;
  readonly #incoming: IncomingMessages;
  readonly #controller = new AbortController();
  readonly #ended: Deferred<void> = deferred();
  #response: CallResponse<OutgoingMessage> | undefined;
  #isAnswerDone = false;
  /** Reason for the end of the call, also if it ended well. */
  #error: FlightError | undefined;
  #stopTimer: () => void;

  constructor(
    connection: WebSocketConnection,
    call: WebSocketCall,
    settings: WebSocketServerSettings,
  ) {
    const { handshakeTimeoutMs } = settings;
    this.#call = call;
    this.#settings = settings;
    this.#channel = new Channel(connection, true, settings, this);
    this.#incoming = new IncomingMessages(
      "request",
      settings,
      (bytes) => this.#channel.credit(bytes),
      (error) => this.#fail(error),
    );
    this.#stopTimer = afterDelay(handshakeTimeoutMs, () => {
      this.onFault(
        new FlightError(
          "DEADLINE_EXCEEDED",
          `no HEADERS came within ${handshakeTimeoutMs} ms (option ` +
            "handshakeTimeoutMs)",
        ),
      );
    });
  }

  async run(): Promise<void> {
    const { signal } = this.#call;
    const onAbort = (): void => this.#fail(signal!.reason);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
    await this.#channel.run();
    signal?.removeEventListener("abort", onAbort);
    await this.#ended.promise;
  }

  onHeaders(list: HeaderList): void {
    const { handler } = this.#settings;
    const { path, peer, connection, peerCertificate, headers: own } =
      this.#call;
    this.#stopTimer();
    try {
      const names = new Set(own.map(([name]) => name));
      // A proxy on the way saw those of the upgrade only, and may vouch for them.
      const { headers, deadline } = callHead(
        [...own, ...list.filter(([name]) => !names.has(name))],
        this.#settings,
      );
      this.#stopTimer = atDeadline(deadline, () => this.#fail(deadlineError()));
      this.#response = handler({
        path,
        headers,
        messages: this.#incoming,
        signal: this.#controller.signal,
        deadline,
        peer,
        connection,
        peerCertificate,
      });
    } catch (error) {
      return this.#fail(error);
    }
    this.#answer(this.#response);
  }

  onData(bytes: Uint8Array): void {
    this.#incoming.push(bytes);
  }

  onHalfClose(): void {
    this.#incoming.end();
  }

  onTrailers(): void {}

  onFault(error: FlightError): void {
    this.#finish(error, undefined, error);
  }

  onLost(): void {
    this.#finish(clientGoneError(), undefined, undefined);
    this.#ended.resolve();
  }

  onStall(): void {
    this.#fail(notAcceptedError(this.#settings.sendStallTimeoutMs!));
    // It may take the status as little as the data.
    this.#channel.closeSoon();
  }

  async #answer(response: CallResponse<OutgoingMessage>): Promise<void> {
    try {
      const reading = handled(response.messages.read());
      // A call that fails with nothing but a status may have no headers.
      const headers = await Promise.race([
        response.headers,
        reading.then(() => response.headers),
      ]);
      const list = toHeaderList(headers);
      const tooLarge = sentTooLarge("headers", list, MAX_SENT_HEADERS_BYTES);
      if (tooLarge) throw tooLarge;
      if (this.#error !== undefined) return;
      this.#channel.sendHeaders(list);
      let message = await reading;
      while (message !== undefined && this.#error === undefined) {
        const { chunks } = withPrefix(message);
        if (!await this.#channel.sendData(chunks)) return;
        message = await response.messages.read();
      }
      if (message !== undefined) return;
      this.#isAnswerDone = true;
      this.#finish(undefined, response.trailers(), undefined);
    } catch (error) {
      if (this.#error === undefined) response.onUnsent?.(error);
      this.#fail(error);
    }
  }

  #fail(cause: unknown): void {
    const error = handlerError(cause);
    this.#finish(error, error.trailers, undefined);
  }

  /** Ends the call: with OK if there is no error. */
  #finish(
    error: FlightError | undefined,
    trailers: FlightHeaders | undefined,
    fault: FlightError | undefined,
  ): void {
    if (this.#error !== undefined) return;
    this.#error = error ?? CALL_ENDED;
    this.#stopTimer();
    this.#channel.sendTrailers(
      statusList(
        error,
        trailers ?? new FlightHeaders(),
        MAX_SENT_HEADERS_BYTES,
        (error) => this.#response?.onUnsent?.(error),
      ),
      fault,
    );
    this.#incoming.stop(this.#error);
    if (!this.#isAnswerDone) {
      this.#isAnswerDone = true;
      this.#response?.messages.cancel(this.#error);
    }
    this.#controller.abort(this.#error);
    this.#ended.resolve();
  }
}
