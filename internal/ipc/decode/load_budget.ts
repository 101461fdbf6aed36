/** Limits for the arrays of one message, independent of its header. */

import { FlightError } from "../../core/flight_error.ts";
import { DEFAULT_MAX_BATCH_ROWS } from "../../core/limits.ts";
import { TakeBudget } from "../../arrow/take_budget.ts";
import type { DecompressionBudget } from "../compression/decompression_budget.ts";

/** Options that limit a message. */
export interface LoadLimits extends DecompressionBudget {
  /** Value of the option `maxBatchRows`, if it is set. */
  readonly maxBatchRows: number | undefined;
}

/**
 * Counts the memory that a message claims. Buffers may overlap, and views may share their data, so
 * their sums are limited as well: by the bytes that arrived, or by the possible size of a
 * compressed message if that is larger.
 */
export class LoadBudget {
  /** Memory for rows that stand for others: runs, and list views that overlap. */
  readonly plain: TakeBudget;
  readonly #what: string;
  readonly #limits: LoadLimits;
  readonly #maxRows: number;
  #copies: number;
  #buffers: number;
  #views: number;

  /**
   * Makes a budget of which nothing is used.
   *
   * @param what Name of the message, for error texts.
   * @param limits The options.
   * @param bodyBytes Size of the body.
   * @param decompressedBytes Number of bytes that were restored from it.
   */
  constructor(
    what: string,
    limits: LoadLimits,
    bodyBytes: number,
    decompressedBytes: number,
  ) {
    this.#what = what;
    this.#limits = limits;
    // A row that takes a byte is paid for by that byte. Those that take none must be limited.
    this.#maxRows = Math.max(this.#rowLimit, bodyBytes, decompressedBytes);
    this.plain = new TakeBudget(Math.max(bodyBytes, limits.limit));
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

  /** Number of bytes to which views may still refer. */
  get viewsLeft(): number {
    return this.#views;
  }

  /** Counts a copy of an unaligned buffer; returns true if the budget allowed it. */
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
   * Counts the bytes to which the views of an array refer.
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
