/** Sockets that another process has accepted. */

import type { Socket } from "node:net";

/** Gives a server its sockets, in place of an address to listen on. */
export interface AcceptedSockets {
  /**
   * Begins to give sockets.
   *
   * @param take Called with each socket, from which nothing was read.
   */
  begin(take: (socket: Socket) => void): void;
  /** Notes that one of them is closed. */
  onClose(): void;
}
