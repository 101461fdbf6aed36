/** The calls of a client over WebSockets: which these are, and how their sockets are opened. */

import { FlightError } from "../../core/flight_error.ts";
import { quietly } from "../../base/handled.ts";
import type { ClientRequest } from "../../seam/transport.ts";
import { SocketCall } from "../websocket/client_call.ts";
import { NORMAL_CLOSE } from "../websocket/connection.ts";
import { SUBPROTOCOL } from "../websocket/frames.ts";
import { StandardConnection } from "../websocket/standard_socket.ts";
import { socketError } from "./errors.ts";
import type { WebSettings, WebSocketClass } from "./options.ts";
import { BOTH_WAYS, headersOf } from "./request.ts";

/** The RPC whose requests are many, and need not wait for an answer. */
const UPLOADS = /^\/arrow\.flight\.protocol\.FlightService\/DoPut$/;

/** Opens sockets for one client. */
export class SocketCalls {
  readonly #url: string;
  readonly #settings: WebSettings;

  /**
   * @param url The base URL, without a slash at its end.
   * @param settings The options.
   */
  constructor(url: string, settings: WebSettings) {
    this.#url = url;
    this.#settings = settings;
  }

  /**
   * Decides on the way of a call.
   *
   * @param path The method.
   * @param gathers True if a request of `fetch` would have to be gathered.
   * @returns `only` if nothing but a socket carries it, `first` if `fetch` can take over, and
   * `undefined` if `fetch` carries it well.
   */
  wayOf(path: string, gathers: boolean): "only" | "first" | undefined {
    const { webSocket, webSocketClass, isFullDuplex, fetch } = this.#settings;
    if (webSocket === false) return undefined;
    if (webSocket === true) return "only";
    // Its own way to the server may be the only one.
    if (fetch !== undefined && webSocketClass === undefined) return undefined;
    if (this.#class === undefined) return undefined;
    if (!isFullDuplex && BOTH_WAYS.test(path)) return "only";
    return gathers && UPLOADS.test(path) ? "first" : undefined;
  }

  /**
   * Opens the socket of a call.
   *
   * @param request The call.
   * @param signal Ends the attempt.
   * @param onEnd Called when the call is over.
   * @returns The call.
   * @throws {FlightError} When there is no socket for it.
   */
  async open(
    request: ClientRequest,
    signal: AbortSignal,
    onEnd: () => void,
  ): Promise<SocketCall> {
    const headers = headersOf(request);
    const connection = await this.#connect(request.path, signal);
    return new SocketCall(request, connection, {
      url: this.#url,
      headers,
      settings: this.#settings.socket,
      onEnd,
    });
  }

  get #class(): WebSocketClass | undefined {
    return this.#settings.webSocketClass ??
      (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
  }

  async #connect(
    path: string,
    signal: AbortSignal,
  ): Promise<StandardConnection> {
    const Class = this.#class;
    if (Class === undefined) {
      throw new FlightError(
        "UNIMPLEMENTED",
        "this platform has no WebSocket (option webSocketClass)",
      );
    }
    const url = `${this.#url.replace(/^http/, "ws")}${path}`;
    let connection: StandardConnection;
    try {
      connection = new StandardConnection(new Class(url, [SUBPROTOCOL]));
    } catch (error) {
      // A policy of the page forbids it, for one.
      throw socketError(url, String((error as Error).message), error);
    }
    const onAbort = (): void => connection.close(NORMAL_CLOSE, "");
    signal.addEventListener("abort", onAbort);
    const isOpen = await connection.opened();
    signal.removeEventListener("abort", onAbort);
    if (!isOpen) throw socketError(url, connection.end?.reason ?? "");
    if (connection.protocol !== SUBPROTOCOL) {
      quietly(() => connection.close(NORMAL_CLOSE, ""));
      throw new FlightError(
        "UNIMPLEMENTED",
        `${url} has opened a WebSocket without the subprotocol ${SUBPROTOCOL}`,
        { origin: "remote" },
      );
    }
    return connection;
  }
}
