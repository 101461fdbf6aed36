/** Flow control of what is sent: RFC 9113, sections 5.2 and 6.9. */

import { MAX_31_BITS } from "../frame/frame.ts";
import { Http2Error } from "../frame/http2_error.ts";

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

/** A WINDOW_UPDATE or SETTINGS that asks for too much (section 6.9.1). */
export function windowOverflow(streamId?: number): Http2Error {
  return new Http2Error(
    "FLOW_CONTROL_ERROR",
    "a window beyond 2^31 - 1",
    streamId,
  );
}
