/**
 * The listening socket of a server, from its bind to its close.
 *
 * Deno's `node:net` stops accepting for good when `accept` fails once, as it does while the process
 * is out of descriptors. There is no event, the socket stays open, and clients connect to a server
 * that does not see them. Listening once more on the same socket makes Deno look again, and accept
 * the connections in its queue. That costs next to nothing, so it is done all the time. A Unix
 * socket cannot listen twice on Deno: there a connection to itself detects a deaf socket, which is
 * then bound anew.
 */

import { type AddressInfo, connect, Server } from "node:net";
import {
  clearInterval,
  clearTimeout,
  setInterval,
  setTimeout,
} from "node:timers";

import { deferred } from "../base/deferred.ts";
import { handled } from "../base/handled.ts";
import { type BindAddress, listenError, listenPort } from "./addresses.ts";
import type { ListenAddress } from "./options.ts";
import { BoundSocket, clearSocketPath } from "./unix_socket.ts";

/**
 * Most connections that may wait to be accepted, unless the system has a lower limit; Bun has 512 in any
 * case. Linux drops what more clients send, and resets their connections if they stay too many.
 */
const BACKLOG = 4096;

/** Interval at which a TCP socket listens again, in milliseconds. */
const LISTEN_AGAIN_MS = 1000;

/** Interval at which a Unix socket is tested, in milliseconds. */
const TRY_MS = 2000;

/** Time after which an unaccepted connection of our own counts as ignored, in milliseconds. */
const DEAF_MS = 1000;

/** Native object below a server of Deno. */
interface ListeningHandle {
  readonly _handle?: { listen?(backlog: number): number } | null;
}

/**
 * Binds a server to an address, and keeps it listening.
 *
 * @param server The server.
 * @param address The address.
 * @returns The socket, and the bound port; 0 for a Unix socket.
 * @throws {FlightError} UNAVAILABLE when the address cannot be bound.
 * @throws {RangeError} When the port is none.
 */
export async function listenOn(
  server: Server,
  address: BindAddress,
): Promise<{ readonly listening: Listening; readonly port: number }> {
  const target = "path" in address
    ? { path: address.path }
    : { host: address.hostname, port: listenPort(address) };
  const options = { ...target, backlog: BACKLOG };
  try {
    if ("path" in address) await clearSocketPath(address.path);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (cause) {
    throw listenError(address, cause as Error);
  }
  return {
    listening: new Listening([server], address),
    port: "path" in address ? 0 : (server.address() as AddressInfo).port,
  };
}

/** Socket on which this process listens. */
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
   * @param servers The listening servers; one on a Unix socket.
   * @param address Their address.
   */
  constructor(servers: readonly Server[], address: ListenAddress) {
    this.#servers = servers;
    if ("path" in address) {
      this.#path = address.path;
      this.#unixSocket = new BoundSocket(address.path);
    }
    // For example, too many open files while accepting: the next may succeed.
    for (const server of servers) server.on("error", () => {});
    if (!("Deno" in globalThis)) return;
    this.#timer = this.#path === undefined
      ? setInterval(() => this.#listenAgain(), LISTEN_AGAIN_MS)
      : setInterval(() => handled(this.#try(this.#path!)), TRY_MS);
    this.#timer.unref?.();
  }

  /**
   * Stops listening, and removes the file of a Unix socket if it is still there and belongs to this
   * server.
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

  /** Binds the Unix socket anew when nothing is accepted on it. A failure is tried again. */
  async #try(path: string): Promise<void> {
    if (this.#isTrying || !this.#unixSocket?.isOurs()) return;
    this.#isTrying = true;
    try {
      const [server] = this.#servers;
      if (!await isDeaf(server!, path)) return;
      if (this.#isClosed || !this.#unixSocket.isOurs()) return;
      // The one of node:http2 also ends connections.
      Server.prototype.close.call(server!);
      await new Promise((resolve) => {
        server!.once("error", resolve);
        server!.listen({ path, backlog: BACKLOG }, () => {
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

/** Reports whether a connection can be made but is not accepted. */
async function isDeaf(server: Server, path: string): Promise<boolean> {
  const { promise, resolve } = deferred<boolean>();
  const hears = (): void => resolve(false);
  server.once("connection", hears);
  const socket = connect({ path });
  socket.once("error", hears);
  // A refusal or a lack of descriptors says nothing, nor does a late timer.
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
