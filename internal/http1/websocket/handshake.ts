/** The request that becomes a WebSocket: RFC 6455, section 4.2. */

import { createHash } from "node:crypto";

import type { Field } from "../field.ts";
import type { RequestHead } from "../request_head.ts";

/** Added to the key of the client (section 1.3). */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Key of a request: 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** Reports whether a request asks for a WebSocket. */
export function asksForWebSocket(
  { method, upgrades }: RequestHead,
): boolean {
  return method === "GET" && upgrades.includes("websocket");
}

/**
 * Makes the answer to a request for a WebSocket.
 *
 * @param head The request.
 * @param protocol The subprotocol to agree on.
 * @returns The fields; a text if there is something wrong with the request.
 */
export function acceptFields(
  head: RequestHead,
  protocol: string,
): readonly Field[] | string {
  const key = onlyValueOf(head, "sec-websocket-key");
  if (key === undefined || !KEY.test(key)) {
    return "The Sec-WebSocket-Key field is malformed.\n";
  }
  if (head.bodyLength !== 0) return "A request for a WebSocket has no body.\n";
  const accept = createHash("sha1").update(key + GUID).digest("base64");
  return [
    [":status", "101"],
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-accept", accept],
    ["sec-websocket-protocol", protocol],
  ];
}

/** Reports whether a client speaks the one version that there is. */
export function speaksVersion13(head: RequestHead): boolean {
  return onlyValueOf(head, "sec-websocket-version") === "13";
}

function onlyValueOf(
  { fields }: RequestHead,
  name: string,
): string | undefined {
  const values = fields.filter((field) => field[0] === name);
  return values.length === 1 ? values[0]![1] : undefined;
}
