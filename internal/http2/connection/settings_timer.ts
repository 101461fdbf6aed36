/** Acknowledgements of SETTINGS that do not come: RFC 9113, section 6.5.3. */

import { clearTimeout, setTimeout } from "node:timers";

import { Http2Error } from "../frame/http2_error.ts";
import type { Role } from "./streams.ts";

/** The options that give the time. */
const OPTIONS: Readonly<Record<Role, string>> = {
  client: "connectTimeoutMs",
  server: "handshakeTimeoutMs",
};

/**
 * The time that a peer has to acknowledge our SETTINGS. It begins when the peer
 * has shown that it speaks: ours were the first that it was sent.
 */
export class SettingsTimer {
  readonly #role: Role;
  readonly #timeoutMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  /**
   * @param role Which end this is.
   * @param timeoutMs How long the time is, in milliseconds.
   */
  constructor(role: Role, timeoutMs: number) {
    this.#role = role;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Begins the time, unless the acknowledgement has come already.
   *
   * @param onTimeout Called at its end.
   */
  start(onTimeout: (error: Http2Error) => void): void {
    if (this.#isOver) return;
    this.#timer = setTimeout(() => {
      onTimeout(
        new Http2Error(
          "SETTINGS_TIMEOUT",
          `no acknowledgement of SETTINGS within ${this.#timeoutMs} ms ` +
            `(option ${OPTIONS[this.#role]})`,
        ),
      );
    }, this.#timeoutMs);
    // An idle connection does not keep the process alive.
    this.#timer.unref?.();
  }

  /** The acknowledgement has come, or the connection has ended. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
