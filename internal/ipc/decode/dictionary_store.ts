/** The dictionaries that have arrived on a stream. */

import type { Data, Vector } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import { DEFAULT_MAX_BATCH_ROWS } from "../../core/limits.ts";
import { MAX_ROWS } from "../../arrow/arrow_format.ts";
import { cannotDecode } from "../../arrow/codec_error.ts";
import type { DictionaryLayout } from "../../arrow/field_layout.ts";
import { GrowingDictionary } from "./growing_dictionary.ts";

/** Dictionary, and those inside its values at the time it arrived. */
interface Entry {
  readonly values: GrowingDictionary;
  inner: readonly (GrowingDictionary | undefined)[];
}

/** Keeps dictionaries by id. */
export class DictionaryStore {
  readonly #entries = new Map<number, Entry>();
  readonly #maxRows: number;
  #byteLength = 0;

  /**
   * Makes an empty store.
   *
   * @param maxRows Value of the option `maxBatchRows`.
   */
  constructor(maxRows: number = DEFAULT_MAX_BATCH_ROWS) {
    this.#maxRows = maxRows;
  }

  /** Reports whether the dictionary has arrived. */
  has(id: number): boolean {
    return this.#entries.has(id);
  }

  /** Returns the number of bytes of all dictionaries except `except`. */
  byteLength(except?: number): number {
    const left = except === undefined ? undefined : this.#entries.get(except);
    return this.#byteLength - (left?.values.byteLength ?? 0);
  }

  /**
   * Sets or replaces a dictionary. Columns that were loaded before keep their values.
   *
   * @param byteLength Size of its message in memory.
   */
  set(dictionary: DictionaryLayout, chunk: Data, byteLength: number): void {
    const { id, value } = dictionary;
    this.#byteLength = this.byteLength(id) + byteLength;
    this.#entries.set(id, {
      values: new GrowingDictionary(value, chunk, byteLength),
      inner: this.#innerOf(dictionary),
    });
  }

  /**
   * Appends to a dictionary that has arrived.
   *
   * @param byteLength Size of the message in memory.
   * @throws {FlightError} INVALID_ARGUMENT when a dictionary inside it was replaced in the
   * meantime, RESOURCE_EXHAUSTED when it would have too many values.
   */
  append(
    dictionary: DictionaryLayout,
    chunk: Data,
    byteLength: number,
  ): void {
    const { id } = dictionary;
    const entry = this.#entries.get(id)!;
    this.#checkRows(id, entry.values, chunk.length, byteLength);
    // The existing values would change their meaning.
    const inner = this.#innerOf(dictionary);
    const replaced = inner.findIndex((now, i) =>
      entry.inner[i] !== undefined && entry.inner[i] !== now
    );
    if (replaced >= 0) {
      throw cannotDecode(
        "DictionaryBatch",
        `dictionary ${id} goes on, although dictionary ${
          dictionary.inner[replaced]
        } inside it was replaced`,
      );
    }
    entry.inner = inner;
    entry.values.append(chunk, byteLength);
    this.#byteLength += byteLength;
  }

  /** Checks the rows of all deltas together, like those of the arrays of one message. */
  #checkRows(
    id: number,
    { length, byteLength }: GrowingDictionary,
    moreRows: number,
    moreBytes: number,
  ): void {
    const rows = length + moreRows;
    const most = Math.max(this.#maxRows, byteLength + moreBytes);
    if (rows <= Math.min(most, MAX_ROWS)) return;
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `Cannot decode DictionaryBatch: dictionary ${id} would have ${rows} values, ` +
        (rows > most
          ? `and maxBatchRows is ${this.#maxRows}`
          : `more than ${MAX_ROWS}`),
    );
  }

  /**
   * Returns the current dictionary.
   *
   * @param indexWidth The bytes of an index.
   */
  vector(id: number, indexWidth: number): Vector | undefined {
    return this.#entries.get(id)?.values.vector(indexWidth);
  }

  #innerOf({ inner }: DictionaryLayout): (GrowingDictionary | undefined)[] {
    return inner.map((id) => this.#entries.get(id)?.values);
  }
}
