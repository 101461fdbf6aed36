/** The dictionaries that have arrived on a stream. */

import type { Data, Vector } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import { DEFAULT_MAX_BATCH_ROWS } from "../../core/limits.ts";
import { MAX_ROWS } from "../../arrow/arrow_format.ts";
import { cannotDecode } from "../../arrow/codec_error.ts";
import type { DictionaryLayout } from "../../arrow/field_layout.ts";
import { GrowingDictionary } from "./growing_dictionary.ts";

/** A dictionary, and those inside of its values as they were when it arrived. */
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
   * Begins without any.
   *
   * @param maxRows The value of the option `maxBatchRows`.
   */
  constructor(maxRows: number = DEFAULT_MAX_BATCH_ROWS) {
    this.#maxRows = maxRows;
  }

  /** Whether the dictionary has arrived. */
  has(id: number): boolean {
    return this.#entries.has(id);
  }

  /** How many bytes the dictionaries take, but for those of `except`. */
  byteLength(except?: number): number {
    const left = except === undefined ? undefined : this.#entries.get(except);
    return this.#byteLength - (left?.values.byteLength ?? 0);
  }

  /**
   * Sets or replaces a dictionary. Columns that were loaded before keep what they have.
   *
   * @param byteLength How many bytes its message takes in memory.
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
   * @param byteLength How many bytes the message takes in memory.
   * @throws {FlightError} INVALID_ARGUMENT when a dictionary inside of it was replaced meanwhile,
   * RESOURCE_EXHAUSTED when it would have too many values.
   */
  append(
    dictionary: DictionaryLayout,
    chunk: Data,
    byteLength: number,
  ): void {
    const { id } = dictionary;
    const entry = this.#entries.get(id)!;
    this.#checkRows(id, entry.values, chunk.length, byteLength);
    // What was there before would mean something else.
    const inner = this.#innerOf(dictionary);
    const replaced = inner.findIndex((now, i) =>
      entry.inner[i] !== undefined && entry.inner[i] !== now
    );
    if (replaced >= 0) {
      throw cannotDecode(
        "DictionaryBatch",
        `dictionary ${id} goes on, although dictionary ${
          dictionary.inner[replaced]
        } inside of it was replaced`,
      );
    }
    entry.inner = inner;
    entry.values.append(chunk, byteLength);
    this.#byteLength += byteLength;
  }

  /** As of the arrays of one message, those of all deltas have rows that bytes account for. */
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
   * The dictionary as it is now.
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
