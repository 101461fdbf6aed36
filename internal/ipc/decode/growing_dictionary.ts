/** Dictionary to which deltas are appended. */

import type { Data, Vector } from "apache-arrow";
import type { FieldLayout } from "../../arrow/field_layout.ts";
import { newVector } from "../../arrow/arrow_objects.ts";
import { rebuiltPart } from "./rebuilt_part.ts";

/** Initial size of a cache, in entries; it grows as values are read. */
const CACHE_STEP = 2 ** 14;

/** Most bytes of joined chunks: offsets have 31 bits. */
const MAX_JOINED_BYTES = 2 ** 30;

/**
 * The values of one dictionary, from the message that set it to the last of its deltas.
 *
 * Each batch keeps the dictionary as it was when the batch arrived. Many deltas and batches in turn
 * take roughly linear time, because small chunks are joined. Each remaining chunk has at least
 * twice the rows of the next, so there are few, and a value is copied only each time its chunk has
 * grown by half. Vectors share the chunks, and the values that were read from them.
 */
export class GrowingDictionary {
  readonly #value: FieldLayout;
  #chunks: Data[];
  #length: number;
  #byteLength: number;
  #vector: Vector | undefined;
  /** The same, for columns whose indices are bigints. */
  #wideVector: Vector | undefined;
  /** Values that were read, by index: later vectors have the same values, and more. */
  #cache: unknown[] | undefined;

  /**
   * Makes a dictionary of one chunk.
   *
   * @param value Layout of its values.
   * @param byteLength Size of the chunk, in bytes.
   */
  constructor(value: FieldLayout, chunk: Data, byteLength: number) {
    this.#value = value;
    this.#chunks = [chunk];
    this.#length = chunk.length;
    this.#byteLength = byteLength;
  }

  /** Number of values. */
  get length(): number {
    return this.#length;
  }

  /** Size of the messages that brought it, in bytes. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /**
   * Appends values.
   *
   * @param byteLength Size of the chunk, in bytes.
   */
  append(chunk: Data, byteLength: number): void {
    this.#byteLength += byteLength;
    // Vectors are made on demand: a run of deltas must not make one each.
    this.#vector = this.#wideVector = undefined;
    if (chunk.length === 0) return;
    if (this.#length === 0) this.#chunks = [];
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /**
   * Returns the current dictionary.
   *
   * @param indexWidth The bytes of an index.
   */
  vector(indexWidth: number): Vector {
    if (this.#vector === undefined) {
      this.#chunks = this.#joined();
      const vector = newVector([...this.#chunks]);
      const { kind } = this.#value;
      // As apache-arrow does, so that a string is decoded once. An entry takes 8 bytes, for any
      // value, so only values that cost more get one.
      this.#vector = kind === "binary" || kind === "view"
        ? cached(
          vector,
          this.#cache ??= new Array(Math.min(this.#length, CACHE_STEP)),
        )
        : vector;
    }
    if (indexWidth < 8) return this.#vector;
    return this.#wideVector ??= withWideIndices(this.#vector);
  }

  /** Joins chunks until each has at least twice the rows of the next. */
  #joined(): Data[] {
    const chunks = this.#chunks;
    if (chunks.length === 1 || this.#byteLength > MAX_JOINED_BYTES) {
      return chunks;
    }
    const runs: { readonly begin: number; readonly rows: number }[] = [];
    for (const [index, { length }] of chunks.entries()) {
      let [begin, rows] = [index, length];
      for (
        let last = runs.at(-1);
        last !== undefined && last.rows < 2 * rows;
        last = runs.at(-1)
      ) {
        runs.pop();
        begin = last.begin;
        rows += last.rows;
      }
      runs.push({ begin, rows });
    }
    const { concat } = rebuiltPart.needed();
    return runs.map(({ begin }, i) => {
      const end = runs[i + 1]?.begin;
      return concat(this.#value, chunks.slice(begin, end));
    });
  }
}

/** Keeps values that were read in `cache`, as `vector.memoize()` does in an array of its own. */
function cached(vector: Vector, cache: unknown[]): Vector {
  const { get, length } = vector;
  return Object.defineProperties(vector, {
    get: {
      value(index: number): unknown {
        const known = index < length ? cache[index] : undefined;
        if (known !== undefined) return known;
        const value: unknown = get.call(vector, index);
        if (index >= 0 && index < length) cache[index] = value;
        return value;
      },
    },
    isMemoized: { value: true },
    unmemoize: { value: () => newVector(vector.data) },
  });
}

/**
 * Adapts a vector to bigint indices, which apache-arrow hands on as they are, and cannot look up.
 */
function withWideIndices(vector: Vector): Vector {
  const wide = newVector(vector.data);
  const { get, isValid } = vector;
  return Object.defineProperties(wide, {
    get: { value: (index: number) => get.call(vector, Number(index)) },
    isValid: { value: (index: number) => isValid.call(vector, Number(index)) },
  });
}
