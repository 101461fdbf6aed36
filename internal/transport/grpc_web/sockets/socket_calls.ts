/** The calls of a client over WebSockets: which these are, and how their sockets are opened. */

import { FlightError } from "../../../core/flight_error.ts";
import { Part } from "../../../core/part.ts";
import type { ClientRequest } from "../../../seam/transport.ts";
import type { SocketCall } from "../../websocket/client_call.ts";
import type { WebSettings, WebSocketClass } from "../options.ts";
import { sendsBodyFirst } from "../platform.ts";
import { BOTH_WAYS, headersOf } from "../request.ts";

/** The RPC whose requests are many, and need not wait for an answer. */
const UPLOADS = /^\/arrow\.flight\.protocol\.FlightService\/DoPut$/;

/** The RPC in which either side may speak first. */
const EITHER_FIRST = /^\/arrow\.flight\.protocol\.FlightService\/Handshake$/;

/** The calls over WebSockets: needed for the first one. */
export const webSocketPart: Part<typeof import("./open_socket.ts")> = new Part(
  "WebSockets",
);

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
    return gathers && UPLOADS.test(path) ||
        EITHER_FIRST.test(path) && sendsBodyFirst()
      ? "first"
      : undefined;
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
    const Class = this.#class;
    if (Class === undefined) {
      throw new FlightError(
        "UNIMPLEMENTED",
        "this platform has no WebSocket (option webSocketClass)",
      );
    }
    await webSocketPart.load();
    const { openSocketCall } = webSocketPart.needed();
    return await openSocketCall(request, Class, signal, {
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
}
