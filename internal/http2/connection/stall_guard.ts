/** Clients that do not read: what is to be sent to them stays where it is. */

import { clearTimeout, setTimeout } from "node:timers";

import { handled } from "../../base/handled.ts";
import type { Http2Connection } from "./connection.ts";
import type { OutgoingData } from "./outgoing_data.ts";
import type { Http2Stream } from "./stream.ts";

/** How often it looks, in every `timeoutMs`. */
const LOOKS = 4;

/** How far a stream had come, and since when it has not come further. */
interface Progress {
  readonly outgoing: OutgoingData;
  readonly remaining: number;
  readonly since: number;
}

/**
 * Finds out whether a peer takes in what is sent to it, without a part in the
 * sending: it compares, now and then, what is left to be sent.
 *
 * A peer may withhold the window of a stream, of the connection, or not read its
 * socket (RFC 9113, section 10.5). PINGs do not tell: it may answer these.
 */
export class StallGuard {
  readonly #connection: Http2Connection;
  readonly #timeoutMs: number;
  readonly #onStall: (stream: Http2Stream) => void;
  #progress = new Map<Http2Stream, Progress>();
  /** Since when the connection has had no room. */
  #fullSince: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param connection What to watch.
   * @param timeoutMs How long nothing may move, in milliseconds.
   * @param onStall Called with a stream that does not move.
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

  /** Looks whether anything has moved; its own timer calls it. */
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
      // One that only waits for its turn moves with the others.
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
      this.look(Date.now());
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
