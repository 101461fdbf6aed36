/** The WebSockets of a handler. */

import type { Cors } from "../../grpc/web/cors.ts";
import {
  answerWebSocket,
  type WebSocketServerSettings,
} from "../websocket/server_call.ts";
import { upgradeOf } from "../websocket/upgrade.ts";
import { callerOf } from "./caller.ts";
import { plain } from "../../grpc/web/plain_answer.ts";
import { upgradeRequest, type UpgradeWebSocket } from "./upgrade_platform.ts";

/** Options of the WebSockets, from the handler. */
interface SocketServerInit {
  readonly settings: WebSocketServerSettings;
  readonly cors: Cors;
  /** Most sockets at once. */
  readonly maxConnections: number;
  /** Upgrades requests instead of the platform. */
  readonly upgrade: UpgradeWebSocket | undefined;
}

/** Answers requests for WebSockets. */
export class SocketServer {
  readonly #init: SocketServerInit;
  #sockets = 0;

  /** @param init Options. */
  constructor(init: SocketServerInit) {
    this.#init = init;
  }

  /**
   * Answers a request.
   *
   * @param request A request for a WebSocket.
   * @param info The second argument of the platform.
   * @param path The path of the method.
   */
  respond(request: Request, info: unknown, path: string): Response {
    const { settings, cors, maxConnections, upgrade } = this.#init;
    const decision = upgradeOf(
      { url: new URL(request.url), headers: [...request.headers] },
      cors,
    );
    if (decision.refusal !== undefined) {
      const { status, text, headers } = decision.refusal;
      return plain(status, text, headers);
    }
    if (this.#sockets >= maxConnections) {
      return plain(
        503,
        `This server has ${maxConnections} WebSockets already.\n`,
      );
    }
    const { peer, connection } = callerOf(request, info);
    let upgraded;
    try {
      upgraded = upgradeRequest(request, info, decision.protocol, upgrade);
    } catch (error) {
      // The key is missing, or Bun.serve lacks the option `websocket`.
      return plain(400, `No WebSocket: ${(error as Error).message}\n`);
    }
    if (upgraded === undefined) {
      return plain(
        501,
        "flightHandler cannot upgrade to a WebSocket on this platform: the " +
          "option webSocket can be a function that does it; serve with the " +
          "option web has WebSockets; on Bun the handler needs its second " +
          "argument.\n",
      );
    }
    this.#sockets++;
    answerWebSocket(upgraded.connection, {
      path,
      headers: decision.headers,
      peer,
      connection,
    }, settings).finally(() => this.#sockets--);
    return upgraded.response;
  }
}
