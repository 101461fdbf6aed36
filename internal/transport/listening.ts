/**
 * A server's listening socket, from when it is bound until it is closed.
 *
 * Deno's `node:net` stops accepting for good when `accept` fails once, as it does
 * while the process is out of descriptors: no event tells, the socket stays open,
 * and clients connect to a server that does not see them. To listen once more on
 * the same socket makes Deno look again, and what waits in its queue is accepted.
 * That costs next to nothing, so it is done all the time. A Unix socket cannot
 * listen twice on Deno: there a connection to itself shows whether it is deaf,
 * and it is then bound anew.
 */

import { connect, Server } from "node:net";
import {
  clearInterval,
  clearTimeout,
  setInterval,
  setTimeout,
} from "node:timers";

import { deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import type { ListenAddress } from "./options.ts";
import { BoundSocket } from "./unix_socket.ts";

/** How many connections may wait to be accepted: what runtimes say unless they are told. */
const BACKLOG = 511;

/** How often a TCP socket is told to listen, in milliseconds. */
const LISTEN_AGAIN_MS = 1000;

/** How often a Unix socket is tried, in milliseconds. */
const TRY_MS = 2000;

/** A connection of our own that is not accepted after so long, in milliseconds. */
const DEAF_MS = 1000;

/** What Deno has below a server. */
interface ListeningHandle {
  readonly _handle?: { listen?(backlog: number): number } | null;
}

/** A socket that this process listens on. */
export class Listening {
  readonly #servers: readonly Server[];
  readonly #path: string | undefined;
  #unixSocket: BoundSocket | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosed = false;
  #isTrying = false;

  /**
   * Keeps servers listening.
   *
   * @param servers Those that listen; one on a Unix socket.
   * @param address Where.
   */
  constructor(servers: readonly Server[], address: ListenAddress) {
    this.#servers = servers;
    if ("path" in address) {
      this.#path = address.path;
      this.#unixSocket = new BoundSocket(address.path);
    }
    // Such as too many open files, while accepting: the next may succeed.
    for (const server of servers) server.on("error", () => {});
    if (!("Deno" in globalThis)) return;
    this.#timer = this.#path === undefined
      ? setInterval(() => this.#listenAgain(), LISTEN_AGAIN_MS)
      : setInterval(() => handled(this.#try(this.#path!)), TRY_MS);
    this.#timer.unref?.();
  }

  /**
   * Stops listening, and removes the file of a Unix socket, if it is still there
   * and still this server's.
   *
   * @param close Closes the servers before it returns.
   */
  close(close: () => void): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    if (this.#unixSocket) this.#unixSocket.release(close);
    else close();
  }

  #listenAgain(): void {
    for (const server of this.#servers) {
      (server as ListeningHandle)._handle?.listen?.(BACKLOG);
    }
  }

  /** Binds the Unix socket anew when nothing is accepted on it. What fails is tried again. */
  async #try(path: string): Promise<void> {
    if (this.#isTrying || !this.#unixSocket?.isOurs()) return;
    this.#isTrying = true;
    try {
      const [server] = this.#servers;
      if (!await isDeaf(server!, path)) return;
      if (this.#isClosed || !this.#unixSocket.isOurs()) return;
      // That of node:http2 ends connections too.
      Server.prototype.close.call(server!);
      await new Promise((resolve) => {
        server!.once("error", resolve);
        server!.listen({ path }, () => {
          server!.off("error", resolve);
          resolve(undefined);
        });
      });
      if (server!.listening) this.#unixSocket = new BoundSocket(path);
    } finally {
      this.#isTrying = false;
    }
  }
}

/** Whether a connection can be made, and is not accepted. */
async function isDeaf(server: Server, path: string): Promise<boolean> {
  const { promise, resolve } = deferred<boolean>();
  const hears = (): void => resolve(false);
  server.once("connection", hears);
  const socket = connect({ path });
  socket.once("error", hears);
  // Refused or out of descriptors says nothing; a timer that is late, neither.
  const timer = setTimeout(() => {
    if (socket.connecting) return resolve(false);
    setTimeout(() => resolve(true), 1);
  }, DEAF_MS);
  timer.unref?.();
  try {
    return await promise;
  } finally {
    server.off("connection", hears);
    socket.destroy();
    clearTimeout(timer);
  }
}
