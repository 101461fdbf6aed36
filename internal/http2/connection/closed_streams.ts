/** The streams that have ended lately: RFC 9113, section 5.1 ("closed"). */

/** How a stream has ended. */
export type Closing =
  /** Both sides had said all. */
  | "ended"
  /** The peer sent RST_STREAM. */
  | "reset by peer"
  /** We sent RST_STREAM: frames that were under way are ignored. */
  | "reset by us";

/**
 * How many are remembered: what a peer may have had open at once by default, so
 * that even if all are cancelled together, none of their late frames is taken
 * for an error.
 */
const MAX_REMEMBERED = 4096;

/** Remembers how the last streams have ended. */
export class ClosedStreams {
  readonly #closings = new Map<number, Closing>();

  /** Remembers a stream, and forgets the one that has ended first. */
  add(streamId: number, closing: Closing): void {
    this.#closings.set(streamId, closing);
    if (this.#closings.size > MAX_REMEMBERED) {
      this.#closings.delete(this.#closings.keys().next().value!);
    }
  }

  /** How a stream has ended, unless that is long ago. */
  get(streamId: number): Closing | undefined {
    return this.#closings.get(streamId);
  }
}
