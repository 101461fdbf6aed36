/** The listening socket of a group of workers. */

import { createServer, type Server, type Socket } from "node:net";

import type { BindAddress } from "../transport/addresses.ts";
import { type Listening, listenOn } from "../transport/listening.ts";
import { checkSocketPath } from "../transport/unix_socket.ts";

/** Accepts connections, and reads nothing from them. */
export class Acceptor {
  readonly #server: Server;
  readonly #address: BindAddress;
  #listening: Listening | undefined;

  /**
   * @param address The address.
   * @param onSocket Called with each connection.
   * @throws {TypeError} When the path is not possible for a Unix socket.
   */
  constructor(address: BindAddress, onSocket: (socket: Socket) => void) {
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
   * @throws {RangeError} When the port is none.
   */
  async listen(): Promise<number> {
    const { listening, port } = await listenOn(this.#server, this.#address);
    this.#listening = listening;
    return port;
  }

  /** Accepts no more. */
  close(): void {
    this.#listening?.close(() => this.#server.close(() => {}));
  }
}
