/** The listening socket of a group of workers. */

import {
  type AddressInfo,
  createServer,
  type Server,
  type Socket,
} from "node:net";

import { listenError } from "../transport/addresses.ts";
import { Listening } from "../transport/listening.ts";
import type { ListenAddress } from "../transport/options.ts";
import { checkSocketPath, clearSocketPath } from "../transport/unix_socket.ts";

/** Accepts connections, and reads nothing from them. */
export class Acceptor {
  readonly #server: Server;
  readonly #address: ListenAddress;
  #listening: Listening | undefined;

  /**
   * @param address The address.
   * @param onSocket Called with each connection.
   * @throws {TypeError} When the path is not possible for a Unix socket.
   */
  constructor(address: ListenAddress, onSocket: (socket: Socket) => void) {
    if ("path" in address) checkSocketPath(address.path);
    this.#address = address;
    this.#server = createServer(
      { pauseOnConnect: true, allowHalfOpen: true },
      (socket) => {
        socket.on("error", () => {});
        onSocket(socket);
      },
    );
  }

  /**
   * Listens.
   *
   * @returns The bound port; 0 for a Unix socket.
   * @throws {FlightError} UNAVAILABLE when the address cannot be bound.
   */
  async listen(): Promise<number> {
    const address = this.#address;
    const server = this.#server;
    try {
      if ("path" in address) await clearSocketPath(address.path);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(
          "path" in address
            ? { path: address.path }
            : { host: address.hostname, port: address.port },
          () => {
            server.off("error", reject);
            resolve();
          },
        );
      });
    } catch (cause) {
      throw listenError(address, cause as Error);
    }
    this.#listening = new Listening([server], address);
    return "path" in address ? 0 : (server.address() as AddressInfo).port;
  }

  /** Accepts no more. */
  close(): void {
    this.#listening?.close(() => this.#server.close(() => {}));
  }
}
