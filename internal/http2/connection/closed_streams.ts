/** Recently closed streams: RFC 9113, section 5.1 ("closed"). */

/** Way in which a stream has ended. */
export type Closing =
  /** Both sides have sent everything. */
  | "ended"
  /** The peer sent RST_STREAM. */
  | "reset by peer"
  /** We sent RST_STREAM. Frames that were on their way are ignored. */
  | "reset by us";

/**
 * Number of streams that are remembered at least: as many as a peer may have
 * open at once by default. If all are canceled together, none of their late
 * frames counts as an error.
 */
const MIN_REMEMBERED = 4096;

/** Remembers the ends of the last streams. */
export class ClosedStreams {
  #closings = new Map<number, Closing>();
  /** Those before them, all of which are forgotten together: to find the oldest one each time would cost more. */
  #before = new Map<number, Closing>();

  /** Remembers a stream, and forgets those that have ended long before it. */
  add(streamId: number, closing: Closing): void {
    if (this.#closings.size === MIN_REMEMBERED) {
      this.#before = this.#closings;
      this.#closings = new Map();
    }
    this.#closings.set(streamId, closing);
  }

  /**
   * Returns the way in which a stream has ended, or `undefined` if that was
   * long ago.
   */
  get(streamId: number): Closing | undefined {
    return this.#closings.get(streamId) ?? this.#before.get(streamId);
  }
}
