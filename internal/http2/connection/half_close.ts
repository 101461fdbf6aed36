/** Clients that have closed their sending side, but may still read. */

import { clearTimeout, setTimeout } from "node:timers";

import type { Http2Connection } from "./connection.ts";
import { StallGuard } from "./stall_guard.ts";
import type { Http2Stream } from "./stream.ts";

/** Time before the first probe of the client, in milliseconds. It doubles each time. */
const FIRST_PROBE_MS = 100;

/** Longest time between two probes, in milliseconds. */
const LONGEST_PROBE_MS = 5000;

/** Longest time without progress, in milliseconds: such a client cannot open a window. */
const STALL_TIMEOUT_MS = 10_000;

/**
 * Watches the remaining calls of such a client. Until data is sent, it looks like a client that is
 * gone, whose socket refuses data. So this sends PINGs, which get no answer.
 */
export class HalfClose {
  readonly #connection: Http2Connection;
  readonly #stallGuard: StallGuard;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param connection The connection.
   * @param onStall Called with a stream that makes no progress.
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
