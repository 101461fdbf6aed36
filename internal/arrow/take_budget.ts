/** The memory of rows that are taken from arrays. */

import { FlightError } from "../core/flight_error.ts";

/** Budget of memory: a few rows of a dictionary, or one of a run, may stand for any amount. */
export class TakeBudget {
  #left: number;
  #used = 0;

  /** @param limit Most bytes that may be taken. */
  constructor(limit: number) {
    this.#left = limit;
  }

  /** Number of bytes that were taken. */
  get used(): number {
    return this.#used;
  }

  /**
   * Counts bytes before they are allocated.
   *
   * @param field Name of the field, for error texts.
   * @throws {FlightError} RESOURCE_EXHAUSTED when they are too many.
   */
  reserve(field: string, byteLength: number): void {
    this.#used += byteLength;
    if ((this.#left -= byteLength) >= 0) return;
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `field "${field}" takes too many bytes as plain values ` +
        "(option maxDecompressedMessageBytes)",
    );
  }
}
