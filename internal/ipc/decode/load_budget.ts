/** What the arrays of one message may come to, whatever its header claims. */

import { FlightError } from "../../core/flight_error.ts";
import { DEFAULT_MAX_BATCH_ROWS } from "../../core/limits.ts";
import type { DecompressionBudget } from "../compression/compressed_body.ts";

/** The options that bound it. */
export interface LoadLimits extends DecompressionBudget {
  /** The value of the option `maxBatchRows`, where it is set. */
  readonly maxBatchRows: number | undefined;
}

/**
 * Counts what a message asks for. Buffers may overlap, and views may share what they refer to, so that
 * their sums are bounded as well: by the bytes that arrived, or by what a compressed message could
 * have come to, whichever is more.
 */
export class LoadBudget {
  readonly #what: string;
  readonly #limits: LoadLimits;
  readonly #maxRows: number;
  #copies: number;
  #buffers: number;
  #views: number;

  /**
   * Nothing counts yet.
   *
   * @param what What is being decoded, for texts.
   * @param limits The options.
   * @param bodyBytes How many bytes the body has.
   * @param decompressedBytes How many were restored from it.
   */
  constructor(
    what: string,
    limits: LoadLimits,
    bodyBytes: number,
    decompressedBytes: number,
  ) {
    this.#what = what;
    this.#limits = limits;
    // Each row that takes a byte has been paid for: those that take none must be bounded.
    this.#maxRows = Math.max(this.#rowLimit, bodyBytes, decompressedBytes);
    this.#copies = bodyBytes;
    this.#buffers = this.#views = Math.max(bodyBytes, limits.limit);
  }

  get #rowLimit(): number {
    return this.#limits.maxBatchRows ?? DEFAULT_MAX_BATCH_ROWS;
  }

  /**
   * Checks the rows of a batch.
   *
   * @throws {FlightError} RESOURCE_EXHAUSTED when there are too many.
   */
  checkRows(rows: number): void {
    const { maxBatchRows, dictionaries } = this.#limits;
    const most = dictionaries ? this.#maxRows : maxBatchRows ?? this.#maxRows;
    if (rows > most) throw this.#tooManyRows(`it has ${rows} rows`);
  }

  /**
   * Checks the rows of an array.
   *
   * @throws {FlightError} RESOURCE_EXHAUSTED when there are too many.
   */
  checkArray(path: readonly string[], rows: number): void {
    if (rows > this.#maxRows) {
      throw this.#tooManyRows(`field "${path.join(".")}" has ${rows} rows`);
    }
  }

  /** Counts a copy that is made since the buffer is not aligned; whether there was room for it. */
  addCopy(byteLength: number): boolean {
    return (this.#copies -= byteLength) >= 0;
  }

  /**
   * Counts a buffer.
   *
   * @throws {FlightError} RESOURCE_EXHAUSTED when buffers overlap too often.
   */
  addBuffer(path: readonly string[], byteLength: number): void {
    if ((this.#buffers -= byteLength) >= 0) return;
    throw this.#tooManyBytes(path, "the buffers up to it overlap, and take");
  }

  /**
   * Counts what the views of an array refer to.
   *
   * @throws {FlightError} RESOURCE_EXHAUSTED when they share too much.
   */
  addViewed(path: readonly string[], byteLength: number): void {
    if ((this.#views -= byteLength) >= 0) return;
    throw this.#tooManyBytes(path, "the views up to it overlap, and refer to");
  }

  #tooManyRows(problem: string): FlightError {
    return new FlightError(
      "RESOURCE_EXHAUSTED",
      `Cannot decode ${this.#what}: ${problem}, and maxBatchRows is ${this.#rowLimit}`,
    );
  }

  #tooManyBytes(path: readonly string[], problem: string): FlightError {
    const { limit } = this.#limits;
    return new FlightError(
      "RESOURCE_EXHAUSTED",
      `Cannot decode ${this.#what}: field "${
        path.join(".")
      }": ${problem} more bytes than arrived, and than ${limit} (maxDecompressedMessageBytes)`,
    );
  }
}
