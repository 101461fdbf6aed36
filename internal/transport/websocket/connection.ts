/** A WebSocket, as the calls over it see it: RFC 6455. */

/** Closing code of a socket whose call has ended, or is canceled (RFC 6455, section 7.4.1). */
export const NORMAL_CLOSE = 1000;

/**
 * Closing code after a fault of the peer. The standard codes for it are not for scripts: a page may use
 * 1000, and 3000 to 4999.
 */
export const FAULT_CLOSE = 4000;

/** The end of a socket. */
export interface WebSocketEnd {
  /** Closing code of the peer; 1006 if the socket was lost, 1005 if there was none. */
  readonly code: number;
  /** The reason beside it, which may be empty. */
  readonly reason: string;
}

/**
 * An open WebSocket with one subprotocol. Its messages are pulled. A connection that cannot stop its
 * peer keeps those that are not read, so its user reads without a pause and has flow control of its own.
 */
export interface WebSocketConnection {
  /** The subprotocol that was agreed on; empty if there is none. */
  readonly protocol: string;
  /** The end of the socket, once `read` has resolved to `undefined`. */
  readonly end: WebSocketEnd | undefined;
  /**
   * Reads the next binary message, of which fragments are joined. At most one read may be pending.
   *
   * @returns The message, whose memory belongs to the reader; `undefined` once the socket is closed by
   * either side, or lost. Rejects with a FlightError (origin `remote`) for a text message, a message
   * beyond the limit and a broken frame. After that it is of no use to read on, but an answer can still
   * be written where the socket allows it.
   */
  read(): Promise<Uint8Array | undefined>;
  /**
   * Sends a binary message. It is dropped if the socket is closing or closed, which `read` reports.
   *
   * @param message The message. Its memory belongs to the connection from now on.
   * @returns `undefined` if there is room for another one, otherwise a promise that resolves when there
   * is, or when the socket is closed. It never rejects.
   */
  write(message: Uint8Array): Promise<void> | undefined;
  /**
   * Closes the socket after all messages that were written. A pending read resolves to `undefined`.
   * Idempotent.
   *
   * @param code Closing code: 1000, or 3000 to 4999.
   * @param reason A text of at most 123 bytes of UTF-8.
   */
  close(code: number, reason: string): void;
}
