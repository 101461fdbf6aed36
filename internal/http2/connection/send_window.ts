/** Flow control of sent data: RFC 9113, sections 5.2 and 6.9. */

import { MAX_31_BITS } from "../frame/frame.ts";
import { Http2Error } from "../frame/http2_error.ts";

/**
 * Send window: the bytes that the peer allows on a stream or the connection.
 */
export class SendWindow {
  #bytes: number;

  /** @param bytes Initial window by the peer's settings. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /**
   * Bytes that may be sent now; negative when the peer has shrunk it (6.9.2).
   */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts sent bytes. */
  spend(bytes: number): void {
    this.#bytes -= bytes;
  }

  /**
   * Changes the window.
   *
   * @returns False when it exceeds the limit of the protocol (6.9.1).
   */
  change(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= MAX_31_BITS;
  }
}

/**
 * Makes the error of a WINDOW_UPDATE or SETTINGS that widens a window too far
 * (section 6.9.1).
 */
export function windowOverflow(streamId?: number): Http2Error {
  return new Http2Error(
    "FLOW_CONTROL_ERROR",
    "a window beyond 2^31 - 1",
    streamId,
  );
}
