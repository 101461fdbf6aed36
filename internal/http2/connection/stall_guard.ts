/** Timeout for clients that do not read, so that data for them cannot leave. */

import { clearTimeout, setTimeout } from "node:timers";

import { handled } from "../../base/handled.ts";
import type { Http2Connection } from "./connection.ts";
import type { OutgoingData } from "../../socket/outgoing_data.ts";
import type { Http2Stream } from "./stream.ts";

/** Number of looks in every `timeoutMs`. */
const LOOKS = 4;

/** Progress of a stream, and the time of the last change. */
interface Progress {
  readonly outgoing: OutgoingData;
  readonly remaining: number;
  readonly since: number;
}

/**
 * Detects a peer that does not accept data. It takes no part in the sending:
 * now and then it compares the remaining data.
 *
 * A peer may withhold the window of a stream, of the connection, or not read
 * its socket (RFC 9113, section 10.5). PINGs do not detect this: it may answer
 * these.
 */
export class StallGuard {
  readonly #connection: Http2Connection;
  readonly #timeoutMs: number;
  readonly #onStall: (stream: Http2Stream) => void;
  #progress = new Map<Http2Stream, Progress>();
  /** Time since which the connection has had no room. */
  #fullSince: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param connection The connection to watch.
   * @param timeoutMs Longest time without progress, in milliseconds.
   * @param onStall Called with a stream that makes no progress.
   */
  constructor(
    connection: Http2Connection,
    timeoutMs: number,
    onStall: (stream: Http2Stream) => void,
  ) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#onStall = onStall;
    this.#wait();
  }

  /** Ends the watch. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Checks for progress. Its own timer calls it. */
  look(now: number): void {
    const latest = now - this.#timeoutMs;
    if (this.#isFull(now) && this.#fullSince! <= latest) {
      // It would not read a GOAWAY either.
      this.#connection.destroy("the peer does not read");
      return;
    }
    const before = this.#progress;
    const hasMoved = (stream: Http2Stream): boolean => {
      const known = before.get(stream);
      return known?.outgoing !== stream.outgoing ||
        known?.remaining !== stream.outgoing?.remaining;
    };
    const someMoved = [...before.keys()].some(hasMoved);
    this.#progress = new Map();
    for (const stream of this.#connection.streams.open()) {
      const { outgoing, isQueued } = stream;
      if (outgoing === undefined) continue;
      // A stream that only waits for its turn moves with the others.
      const progress = hasMoved(stream) || (isQueued && someMoved)
        ? { outgoing, remaining: outgoing.remaining, since: now }
        : before.get(stream)!;
      this.#progress.set(stream, progress);
      if (progress.since <= latest) this.#onStall(stream);
    }
  }

  #wait(): void {
    const delay = Math.ceil(this.#timeoutMs / LOOKS);
    this.#timer = setTimeout(() => {
      this.#wait();
      this.look(performance.now());
    }, delay);
    this.#timer.unref?.();
  }

  #isFull(now: number): boolean {
    if (this.#fullSince !== undefined) return true;
    const room = this.#connection.room();
    if (room === undefined) return false;
    this.#fullSince = now;
    handled(room.then(() => this.#fullSince = undefined));
    return true;
  }
}
