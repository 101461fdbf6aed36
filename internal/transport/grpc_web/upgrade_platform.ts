/** Upgrades to a WebSocket, in the way of each platform. */

import type { WebSocketConnection } from "../websocket/connection.ts";
import { StandardConnection } from "../websocket/standard_socket.ts";
import { BunConnection } from "./bun_socket.ts";

/** An upgrade that was made. */
interface Upgraded {
  /** The socket, which may still be connecting. */
  readonly connection: WebSocketConnection;
  /** The answer to the request; Bun gives its own. */
  readonly response: Response;
}

/**
 * Upgrades a request, as `Deno.upgradeWebSocket` does. It gets the second argument of the handler, too: on
 * Node.js that may have the arguments of the event `upgrade` of `node:http`.
 */
export type UpgradeWebSocket = (
  request: Request,
  options: { readonly protocol: string },
  info: unknown,
) => { readonly socket: WebSocket; readonly response: Response };

/** The parts of the platforms that are used. */
interface Platform {
  readonly Deno?: {
    upgradeWebSocket?(
      request: Request,
      options: { readonly protocol: string; readonly idleTimeout: number },
    ): { readonly socket: WebSocket; readonly response: Response };
  };
  readonly WebSocketPair?: new () => Record<
    0 | 1,
    WebSocket & { accept(): void }
  >;
}

/** The part of Bun's second argument that is used. */
interface BunServer {
  upgrade?(request: Request, options: {
    readonly data: unknown;
    readonly headers: Record<string, string>;
  }): boolean;
}

/**
 * Upgrades a request.
 *
 * @param request The request.
 * @param info The second argument of the platform.
 * @param protocol The subprotocol to agree on.
 * @param own Does it instead.
 * @returns The upgrade; `undefined` where the platform has none. It throws what the platform throws.
 */
export function upgradeRequest(
  request: Request,
  info: unknown,
  protocol: string,
  own: UpgradeWebSocket | undefined,
): Upgraded | undefined {
  if (own !== undefined) {
    const { socket, response } = own(request, { protocol }, info);
    return { connection: new StandardConnection(socket), response };
  }
  const { Deno, WebSocketPair } = globalThis as Platform;
  const server = (info ?? {}) as BunServer;
  if (typeof server.upgrade === "function") {
    const connection = new BunConnection(protocol);
    const isUpgraded = server.upgrade(request, {
      data: connection,
      headers: { "sec-websocket-protocol": protocol },
    });
    if (!isUpgraded) throw new TypeError("the request cannot be upgraded");
    // Bun wants no response then.
    return { connection, response: undefined as unknown as Response };
  }
  if (Deno?.upgradeWebSocket !== undefined) {
    const { socket, response } = Deno.upgradeWebSocket(request, {
      protocol,
      // The subprotocol has pings of its own.
      idleTimeout: 0,
    });
    return { connection: new StandardConnection(socket), response };
  }
  if (WebSocketPair !== undefined) {
    const { 0: client, 1: socket } = new WebSocketPair();
    socket.accept();
    return {
      connection: new StandardConnection(socket),
      response: new Response(null, {
        status: 101,
        headers: { "sec-websocket-protocol": protocol },
        webSocket: client,
      } as ResponseInit),
    };
  }
  return undefined;
}
