/** PINGs that find out if the peer is still there: RFC 9113, section 6.7. */

import { clearTimeout, setImmediate, setTimeout } from "node:timers";

import type { Http2Connection } from "./connection.ts";

/**
 * Pings a silent peer, and ends the connection if it stays silent. The timer
 * does not keep the process alive.
 */
export class Keepalive {
  readonly #connection: Http2Connection;
  readonly #timeMs: number;
  readonly #timeoutMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param connection The connection to watch.
   * @param timeMs Silence that leads to a ping, in milliseconds.
   * @param timeoutMs Further silence that leads to the end.
   */
  constructor(connection: Http2Connection, timeMs: number, timeoutMs: number) {
    this.#connection = connection;
    this.#timeMs = timeMs;
    this.#timeoutMs = timeoutMs;
    this.#wait(timeMs);
  }

  /** Ends the watch. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), milliseconds);
    this.#timer.unref?.();
  }

  #look(): void {
    const left = this.#connection.lastHeard + this.#timeMs - performance.now();
    if (left > 0) return this.#wait(left);
    const before = this.#connection.lastHeard;
    this.#connection.ping(() => {});
    this.#timer = setTimeout(
      // If the event loop was blocked, the answer waits in the socket, which is
      // read before immediates run.
      () => setImmediate(() => this.#decide(before)),
      this.#timeoutMs,
    );
    this.#timer.unref?.();
  }

  /** Ends the connection unless the peer was heard since `before`. */
  #decide(before: number): void {
    if (this.#connection.isEnded) return;
    // Any received bytes count: the answer may be stuck behind data.
    if (this.#connection.lastHeard !== before) return this.#wait(this.#timeMs);
    this.#connection.destroy(
      `no answer to a ping within ${this.#timeoutMs} ms (option ` +
        "keepaliveTimeoutMs)",
    );
  }
}
