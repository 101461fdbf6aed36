/**
 * Workaround for Bun, whose node:http2 only half-closes the socket of a
 * destroyed session, and then waits for the peer to do the same. A peer that
 * has vanished never does: its socket would stay open, and count, forever.
 */

import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";
import { setTimeout } from "node:timers";

/** Longest wait for a peer to close its end, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

const IS_BUN = "Bun" in globalThis;

/**
 * Destroys the socket of a session some time after the session. It does nothing
 * on other runtimes than Bun.
 *
 * @param session A session that has just begun.
 * @param sockets The open sockets of the server, below any TLS.
 */
export function closeWithSession(
  session: Http2Session,
  sockets: Iterable<Socket>,
): void {
  if (!IS_BUN) return;
  // A session does not expose its socket, but has its addresses.
  const { remoteAddress, remotePort } = session.socket;
  if (remotePort === undefined) return;
  const { destroy } = session;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // There is not always a "close" event.
  const destroyAll: typeof destroy = (...args) => {
    destroy.apply(session, args);
    timer ??= setTimeout(() => {
      for (const socket of sockets) {
        if (
          socket.remotePort === remotePort &&
          socket.remoteAddress === remoteAddress
        ) socket.destroy();
      }
    }, CLOSE_TIMEOUT_MS).unref();
  };
  session.destroy = destroyAll;
}
