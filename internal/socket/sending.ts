/** The data that a stream is sending: one piece at a time, which may wait for room or be taken back. */

import { type Deferred, deferred } from "../base/deferred.ts";
import type { OutgoingData } from "./outgoing_data.ts";

/** The sending of one stream. */
export class Sending {
  /** Data that is being sent. */
  data: OutgoingData | undefined;
  #onSent: Deferred<void> | undefined;
  #error: { readonly error: unknown } | undefined;
  /** True if data has left in part, and the rest cannot. */
  #isCut = false;

  /**
   * Waits for the data that has been begun.
   *
   * @returns A promise that resolves when all of it was copied or dropped, and rejects when it cannot be
   * copied; undefined if it is gone already.
   * @throws When it could not be copied.
   */
  wait(): Promise<void> | undefined {
    if (this.#error) throw this.#error.error;
    if (this.data === undefined) return undefined;
    this.#onSent = deferred();
    return this.#onSent.promise;
  }

  /** Notes that the data was copied, or is not wanted any more. */
  end(): void {
    this.data = undefined;
    const onSent = this.#onSent;
    this.#onSent = undefined;
    onSent?.resolve();
  }

  /** Notes that the data could not be copied. */
  fail(error: unknown): void {
    this.#isCut = this.data?.isStarted ?? false;
    this.data = undefined;
    this.#error = { error };
    this.#onSent?.reject(error);
    this.#onSent = undefined;
  }

  /**
   * Takes the data back, so that other data can be sent in its place.
   *
   * @returns A copy of the rest if a part of it has left, which must come first; otherwise undefined.
   * @throws When the rest of data that has left in part cannot be copied.
   */
  takeBack(): Uint8Array | undefined {
    if (this.#isCut) throw this.#error!.error;
    this.#error = undefined;
    const { data } = this;
    let rest: Uint8Array | undefined;
    if (data?.isStarted) {
      rest = new Uint8Array(data.remaining);
      data.copyTo(rest, 0, rest.length);
    }
    this.end();
    return rest;
  }
}
