/** Options of calls over WebSockets, on both ends. */

import { integerOption, MAX_TIMER_MS } from "../../core/check_option.ts";
import {
  DEFAULT_KEEPALIVE_TIME_MS,
  type WebSocketSettings,
} from "../websocket/settings.ts";

/** Default of `flowControlWindowBytes`: 4 MiB. */
const DEFAULT_WINDOW_BYTES: number = 4 * 1024 * 1024;

/** Smallest window: what each side may send before it learns of another one. */
const MIN_WINDOW_BYTES = 65_535;

/** Default of `keepaliveTimeoutMs`, as on HTTP/2. */
const DEFAULT_KEEPALIVE_TIMEOUT_MS = 20_000;

/** Limits of calls over a WebSocket, which `fetch` leaves to the platform. */
export interface WebSocketLimitOptions {
  /**
   * Most bytes of a call over a WebSocket that its sender may be ahead of its reader here. A call
   * begins with 65,535 bytes, and gets more as it is read. 65,535 to 2³¹ − 1. Default: 4 MiB.
   */
  readonly flowControlWindowBytes?: number | undefined;
  /**
   * Time without anything from the peer after which a WebSocket is pinged, in milliseconds. Default:
   * 30,000, which also keeps proxies from cutting it.
   */
  readonly keepaliveTimeMs?: number | undefined;
  /**
   * Longest wait for the answer to such a ping, in milliseconds; then the WebSocket counts as lost.
   * Default: 20,000.
   */
  readonly keepaliveTimeoutMs?: number | undefined;
}

/**
 * Returns the checked limits of calls over WebSockets.
 *
 * @throws {TypeError} When one of them is no number.
 * @throws {RangeError} When one of them is out of range.
 */
export function webSocketSettingsOf(
  options: WebSocketLimitOptions,
  limits: Pick<
    WebSocketSettings,
    | "maxReceiveMessageBytes"
    | "maxHeaderListBytes"
    | "maxHeaderFields"
    | "findBody"
  >,
  sendStallTimeoutMs?: number,
): WebSocketSettings {
  return {
    ...limits,
    flowControlWindowBytes: integerOption(
      "flowControlWindowBytes",
      options.flowControlWindowBytes ?? DEFAULT_WINDOW_BYTES,
      MIN_WINDOW_BYTES,
      2 ** 31 - 1,
    ),
    keepaliveTimeMs: integerOption(
      "keepaliveTimeMs",
      options.keepaliveTimeMs ?? DEFAULT_KEEPALIVE_TIME_MS,
      1,
      MAX_TIMER_MS,
    ),
    keepaliveTimeoutMs: integerOption(
      "keepaliveTimeoutMs",
      options.keepaliveTimeoutMs ?? DEFAULT_KEEPALIVE_TIMEOUT_MS,
      1,
      MAX_TIMER_MS,
    ),
    sendStallTimeoutMs,
  };
}
