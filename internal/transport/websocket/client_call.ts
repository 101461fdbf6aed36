/** One call of the client over a WebSocket: docs/websocket.md. */

import { type Deferred, deferred } from "../../base/deferred.ts";
import { FlightError } from "../../core/flight_error.ts";
import { FlightHeaders } from "../../core/flight_headers.ts";
import { lostConnectionText, unwantedError } from "../../grpc/call_errors.ts";
import { CallerWatch } from "../../grpc/caller_watch.ts";
import { headerExcess } from "../../grpc/header_limits.ts";
import { fromHeaderList } from "../../grpc/header_list.ts";
import { withPrefix } from "../../grpc/message_writer.ts";
import { outcomeOf } from "../../grpc/status_list.ts";
import type { Header, HeaderList } from "../../http2/hpack/header.ts";
import type { CallResponse, ClientRequest } from "../../seam/transport.ts";
import { Channel, type ChannelListener } from "./channel.ts";
import {
  FAULT_CLOSE,
  NORMAL_CLOSE,
  type WebSocketConnection,
} from "./connection.ts";
import { IncomingMessages } from "./incoming_messages.ts";
import type { WebSocketSettings } from "./settings.ts";

/** Options of a call, from its transport. */
export interface SocketCallInit {
  /** The base URL, for errors. */
  readonly url: string;
  /** The headers to send. */
  readonly headers: readonly Header[];
  /** Limits. */
  readonly settings: WebSocketSettings;
  /** Called when the call is over. */
  readonly onEnd: () => void;
}

/** Running call. */
export class SocketCall implements ChannelListener {
  readonly #request: ClientRequest;
  readonly #init: SocketCallInit;
  readonly #channel: Channel;
  readonly #incoming: IncomingMessages;
  readonly #headers: Deferred<FlightHeaders> = deferred();
  #receivedHeaders: FlightHeaders | undefined;
  #trailers: FlightHeaders = new FlightHeaders();
  #isSent = false;
  #isOver = false;
  readonly #watch: CallerWatch;

  /**
   * @param request The call.
   * @param connection An open socket, which is the call's from now on.
   * @param init The options from the transport.
   */
  constructor(
    request: ClientRequest,
    connection: WebSocketConnection,
    init: SocketCallInit,
  ) {
    this.#request = request;
    this.#init = init;
    this.#watch = new CallerWatch(request, (reason) => this.cancel(reason));
    this.#channel = new Channel(connection, false, init.settings, this);
    this.#incoming = new IncomingMessages(
      "answer",
      init.settings,
      (bytes) => this.#channel.credit(bytes),
      (error) => this.#fault(error),
    );
  }

  /** Response of the call, as its caller sees it. */
  get response(): CallResponse<Uint8Array> {
    return {
      headers: this.#headers.promise,
      messages: {
        read: () => {
          // Until all is read, the caller can still cancel.
          const { signal } = this.#request;
          if (this.#isOver && signal.aborted) this.cancel(signal.reason);
          return this.#incoming.read();
        },
        recycle: (message) => this.#incoming.recycle(message),
        cancel: (reason) =>
          this.cancel(reason ?? unwantedError(this.#receivedHeaders)),
      },
      trailers: () => this.#trailers,
    };
  }

  /** Sends the call. */
  start(): void {
    if (!this.#watch.begin(() => this.#receivedHeaders)) return;
    this.#channel.run();
    this.#channel.sendHeaders(this.#init.headers);
    this.#send();
  }

  /** Ends the call from this side, and drops received messages. */
  cancel(reason: unknown): void {
    this.#incoming.stop(reason);
    this.#end(reason);
    this.#channel.close(NORMAL_CLOSE, "");
  }

  onHeaders(list: HeaderList): void {
    const excess = headerExcess("headers", list, 0, this.#init.settings);
    if (excess) return this.#fault(excess);
    this.#receivedHeaders = fromHeaderList(list);
    this.#headers.resolve(this.#receivedHeaders);
  }

  onData(bytes: Uint8Array): void {
    this.#incoming.push(bytes);
  }

  onHalfClose(): void {}

  onTrailers(list: HeaderList): void {
    const { url, settings } = this.#init;
    const excess = headerExcess("trailers", list, 0, settings);
    if (excess) return this.#fault(excess);
    const { trailers, error } = outcomeOf(
      url,
      list,
      this.#receivedHeaders,
      undefined,
    );
    this.#trailers = trailers;
    this.#incoming.end(error);
    this.#end(error);
    this.#channel.close(NORMAL_CLOSE, "");
  }

  onFault(error: FlightError): void {
    this.#fault(error);
  }

  onLost(text: string): void {
    const error = new FlightError(
      "UNAVAILABLE",
      lostConnectionText(this.#init.url, text),
      { origin: "transport", headers: this.#receivedHeaders },
    );
    this.#incoming.end(error);
    this.#end(error);
  }

  onStall(): void {}

  async #send(): Promise<void> {
    const { messages } = this.#request;
    try {
      while (!this.#isOver) {
        const message = await messages.read();
        if (this.#isOver) return;
        if (message === undefined) {
          this.#isSent = true;
          return this.#channel.sendHalfClose();
        }
        if (!await this.#channel.sendData(withPrefix(message).chunks)) return;
      }
    } catch (error) {
      this.cancel(error);
    }
  }

  /** Ends the call for a fault of the server. */
  #fault(error: FlightError): void {
    const full = error.with({ headers: this.#receivedHeaders });
    this.#incoming.stop(full);
    this.#end(full);
    this.#channel.close(FAULT_CLOSE, error.details);
  }

  /** Ends the call on the wire. */
  #end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.stop();
    if (error === undefined) {
      this.#headers.resolve(this.#receivedHeaders ?? new FlightHeaders());
    } else this.#headers.reject(error);
    if (!this.#isSent) this.#request.messages.cancel(error);
    this.#init.onEnd();
  }
}
