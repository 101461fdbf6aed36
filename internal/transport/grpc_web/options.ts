/** Options of the transport on gRPC-Web: their defaults and checks. */

import {
  booleanOption,
  boundOption,
  choiceOption,
  functionOption,
} from "../../core/check_option.ts";
import type { FindBody } from "../../seam/transport.ts";
import {
  maxHeaderFieldsOf,
  maxHeaderListBytesOf,
  messageLimitOf,
  type TransportOptions,
} from "../options.ts";
import type { WebSocketSettings } from "../websocket/settings.ts";
import { isFullDuplex } from "./platform.ts";
import {
  type WebSocketLimitOptions,
  webSocketSettingsOf,
} from "./websocket_options.ts";

/** Default of `maxGatheredUploadBytes`: 256 MiB. */
const DEFAULT_MAX_GATHERED_UPLOAD_BYTES: number = 256 * 1024 * 1024;

/** Limits that both ends of gRPC-Web have. */
export type WebLimitOptions = Pick<
  TransportOptions,
  "maxReceiveMessageBytes" | "maxHeaderListBytes" | "maxHeaderFields"
>;

/** Options of the client's end. */
export interface WebTransportOptions
  extends WebLimitOptions, WebSocketLimitOptions {
  /**
   * Makes the requests, as the standard `fetch` does. A service in the same process can be joined to it:
   * `fetch: flightHandler(service)`. Default: the `fetch` of the runtime.
   */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * Cookies and certificates of the browser: see `credentials` of the Fetch standard. With `include`
   * they also go to another origin, which has to permit it. Default: that of `fetch`, `same-origin`.
   */
  readonly credentials?: "omit" | "same-origin" | "include" | undefined;
  /**
   * Way in which several messages are sent, as in DoPut: `streamed` sends each when it is written;
   * `gathered` keeps all of them until the last one, and sends them together. Default: `auto`, which
   * streams where `fetch` can: everywhere but in Firefox, in Safari, and in Chromium without HTTP/2.
   * There, DoPut goes over a WebSocket if the server has them.
   */
  readonly uploads?: "auto" | "streamed" | "gathered" | undefined;
  /**
   * Most bytes of a gathered upload; a longer one fails with RESOURCE_EXHAUSTED. 1 or more, or
   * Infinity. Default: 256 MiB.
   */
  readonly maxGatheredUploadBytes?: number | undefined;
  /**
   * Ability of `fetch` to read an answer before the request has been sent. Where it is `half`, as in
   * every browser, DoExchange and Handshake go over a WebSocket, since most of them would wait
   * forever; `full` makes these calls by `fetch` in any case. They then work if all is written and
   * closed before anything is read, and the answer is small. Default: `auto`, by the runtime.
   */
  readonly duplex?: "auto" | "full" | "half" | undefined;
  /**
   * Calls that go over a WebSocket, each over one of its own. `true` sends all calls so, `false` none:
   * then DoExchange and Handshake fail with UNIMPLEMENTED where `fetch` is half duplex. Default:
   * `auto`, those which `fetch` cannot carry on this platform: DoExchange and Handshake where it is half
   * duplex, and DoPut where it sends no streams; that one is gathered if the server has no WebSockets.
   * With the option `fetch`, `auto` needs `webSocketClass` too.
   */
  readonly webSocket?: "auto" | boolean | undefined;
  /** Opens the WebSockets, as the standard class does. Default: the `WebSocket` of the runtime. */
  readonly webSocketClass?: WebSocketClass | undefined;
}

/** The WebSocket of a runtime, or of an application. */
export type WebSocketClass = new (
  url: string,
  protocols: string[],
) => WebSocket;

/** Checked limits. */
export interface WebLimits {
  /** See {@linkcode TransportOptions.maxReceiveMessageBytes}. */
  readonly maxReceiveMessageBytes: number;
  /** See {@linkcode TransportOptions.maxHeaderListBytes}. */
  readonly maxHeaderListBytes: number;
  /** See {@linkcode TransportOptions.maxHeaderFields}. */
  readonly maxHeaderFields: number;
  /** Finds the part of a received message to align in memory. */
  readonly findBody: FindBody;
}

/** Checked options of a client. */
export interface WebSettings extends WebLimits {
  readonly fetch: ((request: Request) => Promise<Response>) | undefined;
  readonly credentials: RequestCredentials | undefined;
  readonly uploads: "auto" | "streamed" | "gathered";
  readonly maxGatheredUploadBytes: number;
  readonly isFullDuplex: boolean;
  readonly webSocket: "auto" | boolean;
  readonly webSocketClass: WebSocketClass | undefined;
  /** Limits of calls over WebSockets. */
  readonly socket: WebSocketSettings;
}

/**
 * Returns the limits of `options`, with defaults.
 *
 * @throws {RangeError} When one of them is out of range.
 */
export function webLimitsOf(
  options: WebLimitOptions,
  findBody: FindBody,
): WebLimits {
  return {
    maxReceiveMessageBytes: messageLimitOf(options),
    maxHeaderListBytes: maxHeaderListBytesOf(options),
    maxHeaderFields: maxHeaderFieldsOf(options),
    findBody,
  };
}

/**
 * Returns the checked options of a client.
 *
 * @throws {TypeError} When one of them is of the wrong type.
 * @throws {RangeError} When one of them is out of range.
 */
export function webSettingsOf(
  options: WebTransportOptions,
  findBody: FindBody,
): WebSettings {
  const {
    credentials,
    uploads = "auto",
    duplex = "auto",
    webSocket = "auto",
  } = options;
  if (credentials !== undefined) {
    choiceOption("credentials", credentials, [
      "omit",
      "same-origin",
      "include",
    ]);
  }
  choiceOption("duplex", duplex, ["auto", "full", "half"]);
  if (webSocket !== "auto") booleanOption("webSocket", webSocket);
  const limits = webLimitsOf(options, findBody);
  return {
    ...limits,
    fetch: functionOption("fetch", options.fetch),
    credentials,
    uploads: choiceOption("uploads", uploads, ["auto", "streamed", "gathered"]),
    maxGatheredUploadBytes: boundOption(
      "maxGatheredUploadBytes",
      options.maxGatheredUploadBytes ?? DEFAULT_MAX_GATHERED_UPLOAD_BYTES,
    ),
    isFullDuplex: duplex === "full" || duplex === "auto" && isFullDuplex(),
    webSocket,
    webSocketClass: functionOption("webSocketClass", options.webSocketClass),
    socket: webSocketSettingsOf(options, limits),
  };
}
