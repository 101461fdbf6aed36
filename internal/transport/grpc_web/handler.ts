/** The server's end of gRPC-Web: a function from a Request to a Response. */

import { valueName } from "../../base/value_name.ts";
import { booleanOption, functionOption } from "../../core/check_option.ts";
import { answerTypeOf, webTypeOf } from "../../grpc/web/content_type.ts";
import { Cors, type CorsOptions, isWebPreflight } from "../../grpc/web/cors.ts";
import type { CallHandler, FindBody } from "../../seam/transport.ts";
import { limitCalls } from "../call_limit.ts";
import {
  callLimitsOf,
  handshakeTimeoutOf,
  maxConnectionsOf,
  type ServerLimits,
  timeOption,
} from "../options.ts";
import { isUpgrade } from "../websocket/upgrade.ts";
import { BUN_HANDLERS, type BunWebSocketHandlers } from "./bun_socket.ts";
import { callerOf } from "./caller.ts";
import { HandlerCall } from "./handler_call.ts";
import {
  type WebLimitOptions,
  type WebLimits,
  webLimitsOf,
} from "./options.ts";
import { plain } from "../../grpc/web/plain_answer.ts";
import { SocketServer } from "./socket_server.ts";
import type { UpgradeWebSocket } from "./upgrade_platform.ts";
import {
  type WebSocketLimitOptions,
  webSocketSettingsOf,
} from "./websocket_options.ts";

/** Options of the server's end. */
export interface WebHandlerTransportOptions
  extends
    WebLimitOptions,
    WebSocketLimitOptions,
    Pick<
      ServerLimits,
      | "maxConnections"
      | "maxConcurrentCalls"
      | "maxCallsPerConnection"
      | "maxCallsPerPeer"
      | "sendStallTimeoutMs"
      | "handshakeTimeoutMs"
    > {
  /** Permissions for pages of other origins. Default: none, so that only pages of its own origin call. */
  readonly cors?: CorsOptions | undefined;
  /**
   * Answers requests that are no calls, such as those for the files of a page. It gets all arguments
   * of the platform. Default: a status 404, 405 or 415 (RFC 9110).
   */
  readonly otherwise?:
    | ((request: Request, info?: unknown) => Response | Promise<Response>)
    | undefined;
  /**
   * Answers calls over WebSockets: those of browsers whose `fetch` does not carry them. Pages of other
   * origins need the permission of `cors` for it. It works on Deno, on Cloudflare Workers, and on Bun if
   * its server has the handlers of {@linkcode WebHandler.websocket}. A function upgrades the request on
   * other platforms, such as Node.js. Default: true.
   */
  readonly webSocket?: boolean | UpgradeWebSocket | undefined;
}

/** Answers the requests of a platform. */
export interface WebHandler {
  /**
   * Answers a request.
   *
   * @param request The request.
   * @param info The second argument of `Deno.serve` and `Bun.serve`. On other platforms it may be an object
   * whose `remoteAddr` has the `hostname` and `port` of the client. The functions among the options get it.
   * @returns The response; on Bun, `undefined` after the upgrade to a WebSocket, as Bun wants it.
   */
  (request: Request, info?: unknown): Promise<Response>;
  /**
   * Handlers for the option of the same name of `Bun.serve`, which has to have them for WebSockets:
   * `Bun.serve({ fetch: handler, websocket: handler.websocket })`.
   */
  readonly websocket: BunWebSocketHandlers;
}

/**
 * Answers calls over `fetch`.
 *
 * @param handler Called for each call, of any path.
 * @param options Limits, and permissions for pages.
 * @param findBody Finds the part of a received message to align; none by default.
 * @throws {TypeError} When an option is of the wrong type.
 * @throws {RangeError} When an option is out of range.
 */
export function webHandler(
  handler: CallHandler,
  options: WebHandlerTransportOptions = {},
  findBody: FindBody = () => undefined,
): WebHandler {
  const limits = webLimitsOf(options, findBody);
  const sendStallTimeoutMs = timeOption(
    "sendStallTimeoutMs",
    options.sendStallTimeoutMs,
  );
  const cors = new Cors(options.cors);
  const limited = limitCalls(handler, callLimitsOf(options));
  const otherwise = functionOption("otherwise", options.otherwise);
  const sockets = socketServerOf(limited, options, limits, cors);
  const answer = async (
    request: Request,
    info?: unknown,
  ): Promise<Response> => {
    checkRequest(request);
    const { headers, method } = request;
    const origin = headers.get("origin") ?? undefined;
    if (method === "OPTIONS" && isWebPreflight((name) => headers.get(name))) {
      const asked = headers.get("access-control-request-headers") ?? undefined;
      return plain(204, null, cors.preflight(origin, asked));
    }
    const requestType = webTypeOf(headers.get("content-type") ?? "");
    const [path] = /\/[^/]+\/[^/]+$/.exec(new URL(request.url).pathname) ?? [];
    if (
      sockets !== undefined && path !== undefined && method === "GET" &&
      isUpgrade((name) => headers.get(name))
    ) return sockets.respond(request, info, path);
    if (
      method !== "POST" || requestType === undefined || path === undefined
    ) {
      if (otherwise !== undefined) return await otherwise(request, info);
      if (path === undefined) return plain(404, "There is no such method.\n");
      return method === "POST"
        ? plain(415, "This server speaks gRPC-Web only.\n")
        : plain(405, "gRPC-Web uses the method POST only.\n", [[
          "allow",
          "POST",
        ]]);
    }
    checkBody(request);
    return await new HandlerCall(request, {
      handler: limited,
      limits,
      sendStallTimeoutMs,
      path,
      requestType,
      answerType: answerTypeOf(headers.get("accept") ?? undefined, requestType),
      caller: callerOf(request, info),
      cors: (names) => cors.answer(origin, names),
    }).respond();
  };
  return Object.assign(answer, { websocket: BUN_HANDLERS });
}

/**
 * Refuses what frameworks and runtimes give in the place of a request.
 *
 * @throws {TypeError} When it is none.
 */
function checkRequest(request: Request): void {
  const { headers, url } = (request ?? {}) as Partial<Request>;
  if (typeof headers?.get === "function" && URL.canParse(String(url))) return;
  throw new TypeError(
    `Cannot answer ${
      valueName(request)
    }: the handler takes a Request with an absolute URL, as fetch has it ` +
      "(of a context of Hono it is handler(context.req.raw), and for node:http and Express " +
      "getRequestListener(handler) of @hono/node-server)",
  );
}

/**
 * Refuses a request that was read before.
 *
 * @throws {TypeError} When its body has been read, or is locked.
 */
function checkBody({ body, bodyUsed }: Request): void {
  if (!bodyUsed && body?.locked !== true) return;
  throw new TypeError(
    "Cannot answer the request: its body has been read or is locked; " +
      "the handler must come before what reads it, such as a body parser",
  );
}

function socketServerOf(
  handler: CallHandler,
  options: WebHandlerTransportOptions,
  limits: WebLimits,
  cors: Cors,
): SocketServer | undefined {
  const { webSocket = true } = options;
  const isOwn = typeof webSocket === "function";
  if (!isOwn) booleanOption("webSocket", webSocket);
  const upgrade = isOwn ? webSocket : undefined;
  const settings = {
    ...webSocketSettingsOf(options, limits, options.sendStallTimeoutMs),
    handler,
    handshakeTimeoutMs: handshakeTimeoutOf(options),
  };
  const maxConnections = maxConnectionsOf(options);
  return webSocket === false
    ? undefined
    : new SocketServer({ settings, cors, maxConnections, upgrade });
}
