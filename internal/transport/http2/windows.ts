/** Flow control: RFC 9113, sections 5.2 and 6.9. */

import { MAX_31_BITS } from "./frame.ts";

/** How much may be sent: the peer's window of a stream or of the connection. */
export class SendWindow {
  #bytes: number;

  /** @param bytes What the peer's settings allow at first. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** What may be sent now; negative when the peer has shrunk it (6.9.2). */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts what was sent. */
  spend(bytes: number): void {
    this.#bytes -= bytes;
  }

  /**
   * Changes the window.
   *
   * @returns False when it exceeds what the protocol allows (6.9.1).
   */
  change(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= MAX_31_BITS;
  }
}

/**
 * How much the peer may send. Its credit comes back as what it sent is read:
 * what it may still send and what waits to be read never exceed `capacity`
 * together, nor what it may send `windowBytes`.
 */
export class ReceiveWindow {
  readonly #windowBytes: number;
  readonly #capacity: number;
  /** What the peer may still send. */
  #open: number;
  /** What it has sent and nobody has read. */
  #unread = 0;

  /**
   * @param windowBytes What the peer may send at first, and never more.
   * @param capacity How much may wait to be read.
   */
  constructor(windowBytes: number, capacity: number = windowBytes) {
    this.#windowBytes = this.#open = windowBytes;
    this.#capacity = capacity;
  }

  /** What waits to be read. */
  get unread(): number {
    return this.#unread;
  }

  /**
   * Counts what has arrived.
   *
   * @returns False, and counts nothing, when the peer may not send so much.
   */
  receive(bytes: number): boolean {
    if (bytes > this.#open) return false;
    this.#open -= bytes;
    this.#unread += bytes;
    return true;
  }

  /**
   * Counts what was read.
   *
   * @returns The increment to be sent in a WINDOW_UPDATE, or 0. Increments are
   * saved up to half a window: each costs both sides a frame.
   */
  read(bytes: number): number {
    this.#unread -= bytes;
    const increment =
      Math.min(this.#windowBytes, this.#capacity - this.#unread) - this.#open;
    if (increment < this.#windowBytes >>> 1) return 0;
    this.#open += increment;
    return increment;
  }
}
