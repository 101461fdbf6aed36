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
 * Number of streams that are remembered: as many as a peer may have open at
 * once by default. If all are canceled together, none of their late frames
 * counts as an error.
 */
const MAX_REMEMBERED = 4096;

/** Remembers the ends of the last streams. */
export class ClosedStreams {
  readonly #closings = new Map<number, Closing>();

  /** Remembers a stream, and forgets the one that has ended first. */
  add(streamId: number, closing: Closing): void {
    this.#closings.set(streamId, closing);
    if (this.#closings.size > MAX_REMEMBERED) {
      this.#closings.delete(this.#closings.keys().next().value!);
    }
  }

  /**
   * Returns the way in which a stream has ended, or `undefined` if that was
   * long ago.
   */
  get(streamId: number): Closing | undefined {
    return this.#closings.get(streamId);
  }
}
