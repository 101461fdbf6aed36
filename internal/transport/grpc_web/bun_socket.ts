/** The WebSocket of Bun's server as a connection. It has handlers for all sockets, and no events. */

import { Change } from "../../base/deferred.ts";
import { Inbox } from "../websocket/inbox.ts";
import type {
  WebSocketConnection,
  WebSocketEnd,
} from "../websocket/connection.ts";

/** Bytes on their way at which a writer waits. */
const HIGH_WATER_BYTES: number = 1024 * 1024;

/**
 * Largest message that Bun accepts, in bytes. A peer may send as much as its window at once; ours send
 * 64 KiB.
 */
const MAX_PAYLOAD_BYTES: number = 16 * 1024 * 1024;

/** Time for the peer to agree to the end of a socket, in milliseconds. */
const CLOSE_TIMEOUT_MS = 10_000;

/** A socket of Bun, as far as it is used. */
export interface BunSocket {
  /** The value that was given to `upgrade`. */
  readonly data: unknown;
  /** The state, as that of a WebSocket: 0 to 3. */
  readonly readyState: number;
  /**
   * Counts the bytes on their way.
   *
   * @returns The number, 0 or more.
   */
  getBufferedAmount(): number;
  /**
   * Sends a binary message.
   *
   * @param message The message.
   * @returns Its length; 0 if it is dropped, −1 if it waits.
   */
  sendBinary(message: Uint8Array): number;
  /**
   * Closes the socket when its peer agrees.
   *
   * @param code Closing code (RFC 6455, section 7.4).
   * @param reason A text of at most 123 bytes of UTF-8.
   */
  close(code?: number, reason?: string): void;
  /** Closes the socket at once. */
  terminate(): void;
}

/** The option `websocket` of `Bun.serve`. */
export interface BunWebSocketHandlers {
  /**
   * Takes a socket that has opened.
   *
   * @param socket The socket.
   */
  open(socket: BunSocket): void;
  /**
   * Takes a message.
   *
   * @param socket The socket.
   * @param message The message, whose memory is the handler's.
   */
  message(socket: BunSocket, message: string | Uint8Array): void;
  /**
   * Learns that there may be room to send.
   *
   * @param socket The socket.
   */
  drain(socket: BunSocket): void;
  /**
   * Takes the end of a socket.
   *
   * @param socket The socket.
   * @param code Closing code of the peer; 1006 if the socket was lost.
   * @param reason The reason beside it, which may be empty.
   */
  close(socket: BunSocket, code: number, reason: string): void;
  /** Largest message, in bytes; a larger one ends the socket. */
  readonly maxPayloadLength: number;
  /** Bytes on their way beyond which Bun drops messages. */
  readonly backpressureLimit: number;
  /** Compression of messages (RFC 7692). */
  readonly perMessageDeflate: boolean;
}

/** A socket that `upgrade` has been asked for. */
export class BunConnection implements WebSocketConnection {
  readonly protocol: string;
  readonly #inbox = new Inbox();
  #onClosed: () => void = () => {};
  #socket: BunSocket | undefined;
  /** Comes when there may be room to write. */
  readonly #room = new Change();

  /** @param protocol The subprotocol. */
  constructor(protocol: string) {
    this.protocol = protocol;
  }

  get end(): WebSocketEnd | undefined {
    return this.#inbox.end;
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#inbox.read();
  }

  write(message: Uint8Array): Promise<void> | undefined {
    if (this.#inbox.hasEnded) return undefined;
    this.#socket?.sendBinary(message);
    if (this.#hasRoom()) return undefined;
    return this.#room.next();
  }

  close(code: number, reason: string): void {
    if (this.#inbox.hasEnded) return;
    this.#inbox.clear();
    const socket = this.#socket;
    socket?.close(code, reason);
    const timer = setTimeout(() => socket?.terminate(), CLOSE_TIMEOUT_MS);
    (timer as { unref?(): void }).unref?.();
    const stop = (): void => clearTimeout(timer);
    this.#onClosed = stop;
    this.#finish(code, reason);
  }

  /** Begins with an open socket. */
  open(socket: BunSocket): void {
    const { end } = this.#inbox;
    if (end === undefined) this.#socket = socket;
    else socket.close(end.code, end.reason);
  }

  /** Takes a message. */
  take(message: string | Uint8Array): void {
    this.#inbox.take(message);
  }

  /** Looks for room. */
  drain(): void {
    if (this.#room.isAwaited && this.#hasRoom()) this.#room.notify();
  }

  /** Takes the end of the socket. */
  closed(code: number, reason: string): void {
    this.#onClosed();
    this.#finish(code, reason);
  }

  /** Ends the connection. */
  #finish(code: number, reason: string): void {
    this.#inbox.finish(code, reason);
    this.#room.notify();
  }

  #hasRoom(): boolean {
    return (this.#socket?.getBufferedAmount() ?? 0) < HIGH_WATER_BYTES;
  }
}

/** The handlers. Sockets of other users are not touched. */
export const BUN_HANDLERS: BunWebSocketHandlers = {
  open: (socket) => connectionOf(socket)?.open(socket),
  message: (socket, message) => connectionOf(socket)?.take(message),
  drain: (socket) => connectionOf(socket)?.drain(),
  close: (socket, code, reason) => connectionOf(socket)?.closed(code, reason),
  maxPayloadLength: MAX_PAYLOAD_BYTES,
  backpressureLimit: 2 * MAX_PAYLOAD_BYTES,
  // Columns are compressed by Arrow, if at all.
  perMessageDeflate: false,
};

function connectionOf({ data }: BunSocket): BunConnection | undefined {
  return data instanceof BunConnection ? data : undefined;
}
