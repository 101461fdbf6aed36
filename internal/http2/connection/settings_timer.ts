/** Timeout for the acknowledgement of SETTINGS: RFC 9113, section 6.5.3. */

import { clearTimeout, setTimeout } from "node:timers";

import { Http2Error } from "../frame/http2_error.ts";
import type { Role } from "./streams.ts";

/** Options that set the time. */
const OPTIONS: Readonly<Record<Role, string>> = {
  client: "connectTimeoutMs",
  server: "handshakeTimeoutMs",
};

/**
 * Time in which a peer must acknowledge our SETTINGS. It begins with the first
 * bytes from the peer, because SETTINGS were the first bytes sent to it.
 */
export class SettingsTimer {
  readonly #role: Role;
  readonly #timeoutMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  /**
   * @param role The role of this end.
   * @param timeoutMs The time, in milliseconds.
   */
  constructor(role: Role, timeoutMs: number) {
    this.#role = role;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Starts the timer, unless the acknowledgement has come already.
   *
   * @param onTimeout Called when the time is over.
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

  /**
   * Stops the timer: the acknowledgement has come, or the connection has ended.
   */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
