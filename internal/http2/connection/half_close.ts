/** A client that sends no more, but may still read: one end of its socket is closed. */

import { clearTimeout, setTimeout } from "node:timers";

import type { Http2Connection } from "./connection.ts";
import { StallGuard } from "./stall_guard.ts";
import type { Http2Stream } from "./stream.ts";

/**
 * When the client is first asked whether it still is there, in milliseconds; then
 * after twice as long each time.
 */
const FIRST_PROBE_MS = 100;

/** The longest time between two probes. */
const LONGEST_PROBE_MS = 5000;

/** How long nothing may move: a client without a voice cannot open a window. */
const STALL_TIMEOUT_MS = 10_000;

/**
 * Watches over the calls that such a client has left. It cannot be told from one
 * that is gone, until something is sent: the socket of a client that is gone
 * refuses it. So PINGs are sent, which are not answered.
 */
export class HalfClose {
  readonly #connection: Http2Connection;
  readonly #stallGuard: StallGuard;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param connection The connection.
   * @param onStall Called with a stream whose data cannot be sent.
   */
  constructor(
    connection: Http2Connection,
    onStall: (stream: Http2Stream) => void,
  ) {
    this.#connection = connection;
    this.#stallGuard = new StallGuard(connection, STALL_TIMEOUT_MS, onStall);
    this.#probe(FIRST_PROBE_MS);
  }

  /** Ends the watch. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stallGuard.stop();
  }

  #probe(nextMs: number): void {
    this.#connection.ping(() => {});
    this.#timer = setTimeout(
      () => this.#probe(Math.min(2 * nextMs, LONGEST_PROBE_MS)),
      nextMs,
    );
    this.#timer.unref?.();
  }
}
