/** The protocols of one port: HTTP/2, and HTTP/1.1 for gRPC-Web. */

import type { Socket } from "node:net";

import { peekSocket } from "../../../socket/socket_reader.ts";
import type { Protocol } from "../refusals.ts";

/** The protocols of a port with gRPC-Web, for ALPN (RFC 7301), the preferred one first. */
export const ALPN_WITH_WEB: readonly string[] = ["h2", "http/1.1"];

/** The protocols of a port without it. */
export const ALPN_WITHOUT_WEB: readonly string[] = ["h2"];

/**
 * Finds the protocol of a client: by ALPN, or else by its first bytes.
 *
 * @param socket A connected socket, behind any TLS.
 * @param onProtocol Called with the protocol once it is known; it must read the socket.
 */
export function chooseProtocol(
  socket: Socket,
  onProtocol: (protocol: Protocol) => void,
): void {
  const { alpnProtocol } = socket as { alpnProtocol?: unknown };
  if (alpnProtocol === "h2") return onProtocol("HTTP/2");
  if (alpnProtocol === "http/1.1") return onProtocol("HTTP/1.1");
  // It is gone without having sent anything that counts.
  const onEnd = (): void => void socket.destroy();
  socket.once("end", onEnd);
  peekSocket(socket, (first) => {
    const protocol = protocolOf(first);
    if (protocol === undefined) return false;
    socket.off("end", onEnd);
    onProtocol(protocol);
    return true;
  });
}

/**
 * Tells the protocol by the first bytes of a client: `PRI` is a method of HTTP/2's preface alone (RFC
 * 9113, sections 3.4 and 11.6). Bytes that begin no request of HTTP/1 are left to HTTP/2, which says
 * what is wrong with them.
 *
 * @returns Undefined if there are too few of them.
 */
function protocolOf(first: Uint8Array): Protocol | undefined {
  const isUpperCase = first[0]! >= 0x41 && first[0]! <= 0x5a;
  if (!isUpperCase) return "HTTP/2";
  const preface = "PRI";
  for (let i = 0; i < preface.length; i++) {
    if (i === first.length) return undefined;
    if (first[i] !== preface.charCodeAt(i)) return "HTTP/1.1";
  }
  return "HTTP/2";
}
