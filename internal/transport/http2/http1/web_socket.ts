/** Calls over WebSockets on the port of `serve`: docs/websocket.md. */

import { handled } from "../../../base/handled.ts";
import type { PeerCertificate } from "../../../core/peer_certificate.ts";
import type { Http1Exchange } from "../../../http1/exchange.ts";
import {
  acceptFields,
  speaksVersion13,
} from "../../../http1/websocket/handshake.ts";
import { ServerWebSocket } from "../../../http1/websocket/socket.ts";
import type { HeaderList } from "../../../http2/hpack/header.ts";
import type { CallHandler } from "../../../seam/transport.ts";
import { faultError } from "../../websocket/frames.ts";
import { answerWebSocket } from "../../websocket/server_call.ts";
import { DEFAULT_KEEPALIVE_TIME_MS } from "../../websocket/settings.ts";
import { upgradeOf } from "../../websocket/upgrade.ts";
import type { ConnectionTimes, TransportLimits } from "../options.ts";
import {
  misdirectedBy,
  plain,
  type Refusal,
  type WebRequests,
} from "../refusals.ts";

/** Room in a message beside the data and the headers that it may have: more than any client needs. */
const FURTHER_BYTES = 1024;

/** Options of {@linkcode openWebSocket}. */
interface OpenInit {
  /** The request without the names of HTTP/2. */
  readonly exchange: Http1Exchange;
  /** `http` or `https`. */
  readonly scheme: string;
  readonly web: WebRequests;
  readonly handler: CallHandler;
  readonly limits: TransportLimits;
  readonly times: ConnectionTimes;
  readonly peer: string;
  readonly connection: object;
  readonly peerCertificate: PeerCertificate | undefined;
  /** Ends the call with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Answers a request for a WebSocket, and the call over it.
 *
 * @returns The answer to a request that is refused; otherwise undefined.
 */
export function openWebSocket(init: OpenInit): Refusal | undefined {
  const { exchange, scheme, web, limits, times } = init;
  const { head } = exchange;
  if (!speaksVersion13(head)) {
    return plain("426", "The version of WebSockets here is 13.\n", [
      "sec-websocket-version",
      "13",
    ], ["upgrade", "websocket"]);
  }
  const misdirected = misdirectedBy(head.host, web);
  if (misdirected) return misdirected;
  const text = `${scheme}://${head.host}${head.target}`;
  if (!URL.canParse(text)) return plain("400", "The URL is malformed.\n");
  const url = new URL(text);
  const headers: HeaderList = [...head.fields];
  const upgrade = upgradeOf({ url, headers }, web.cors);
  if (upgrade.refusal !== undefined) {
    const { status, text, headers } = upgrade.refusal;
    return plain(String(status), text, ...headers);
  }
  const { protocol } = upgrade;
  const fields = acceptFields(head, protocol);
  if (typeof fields === "string") return plain("400", fields);
  const { windowBytes, maxHeaderListBytes } = limits;
  exchange.upgrade(fields, (connection) => {
    const socket = new ServerWebSocket(
      connection,
      protocol,
      windowBytes + 2 * maxHeaderListBytes + FURTHER_BYTES,
      faultError,
    );
    handled(answerWebSocket(socket, {
      path: url.pathname,
      headers: upgrade.headers,
      peer: init.peer,
      connection: init.connection,
      peerCertificate: init.peerCertificate,
      signal: init.signal,
    }, {
      handler: init.handler,
      maxReceiveMessageBytes: limits.maxReceiveMessageBytes,
      maxHeaderListBytes,
      maxHeaderFields: limits.maxHeaderFields,
      flowControlWindowBytes: windowBytes,
      keepaliveTimeMs: limits.keepaliveTimeMs ?? DEFAULT_KEEPALIVE_TIME_MS,
      keepaliveTimeoutMs: limits.keepaliveTimeoutMs,
      sendStallTimeoutMs: times.sendStallTimeoutMs,
      handshakeTimeoutMs: times.handshakeTimeoutMs,
      findBody: limits.findBody,
    }));
    return socket;
  });
  return undefined;
}
