/** The dictionaries that have arrived on a stream. */

import type { Data, Vector } from "apache-arrow";
import { MAX_ROWS } from "./arrow_format.ts";
import type { FieldLayout } from "./field_layout.ts";
import { newVector } from "./new_data.ts";

/** A dictionary: its chunks, and the vectors that were made of them. */
interface Entry {
  readonly chunks: Data[];
  length: number;
  /** How many of its bytes came out of compressed buffers. */
  decompressedBytes: number;
  vector: Vector | undefined;
  /** The same, for columns whose indices are bigints. */
  wideVector: Vector | undefined;
}

/** Keeps dictionaries by id. */
export class DictionaryStore {
  readonly #entries = new Map<number, Entry>();
  #decompressedBytes = 0;

  /** Whether the dictionary has arrived. */
  has(id: number): boolean {
    return this.#entries.has(id);
  }

  /** How many bytes of dictionaries, but for those of `except`, came out of compressed buffers. */
  decompressedBytes(except?: number): number {
    const left = except === undefined ? undefined : this.#entries.get(except);
    return this.#decompressedBytes - (left?.decompressedBytes ?? 0);
  }

  /**
   * Sets or replaces a dictionary. Columns that were loaded before keep what they have.
   *
   * @param decompressedBytes How many of its bytes came out of compressed buffers.
   */
  set(id: number, chunk: Data, decompressedBytes: number): void {
    this.#decompressedBytes = this.decompressedBytes(id) + decompressedBytes;
    this.#entries.set(id, {
      chunks: [chunk],
      length: chunk.length,
      decompressedBytes,
      vector: undefined,
      wideVector: undefined,
    });
  }

  /**
   * Appends to a dictionary that has arrived.
   *
   * @param decompressedBytes How many of the new bytes came out of compressed buffers.
   * @returns Whether there was room for it.
   */
  append(id: number, chunk: Data, decompressedBytes: number): boolean {
    const entry = this.#entries.get(id)!;
    if (entry.length + chunk.length > MAX_ROWS) return false;
    // Vectors are made when one is asked for: a run of deltas must not make one each.
    if (chunk.length > 0) entry.chunks.push(chunk);
    entry.length += chunk.length;
    entry.decompressedBytes += decompressedBytes;
    this.#decompressedBytes += decompressedBytes;
    entry.vector = entry.wideVector = undefined;
    return true;
  }

  /**
   * The dictionary as it is now.
   *
   * @param value The layout of its values.
   * @param indexWidth The bytes of an index.
   */
  vector(
    id: number,
    value: FieldLayout,
    indexWidth: number,
  ): Vector | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (entry.vector === undefined) {
      const vector = newVector([...entry.chunks]);
      // As apache-arrow does, so that a string is decoded once. The cache takes 8 bytes per value,
      // whatever the values take, so only values that cost more than that get one.
      entry.vector = value.kind === "binary" || value.kind === "view"
        ? vector.memoize()
        : vector;
    }
    if (indexWidth < 8) return entry.vector;
    return entry.wideVector ??= withWideIndices(entry.vector);
  }
}

/** apache-arrow hands on indices as they are, and cannot get by a bigint. */
function withWideIndices(vector: Vector): Vector {
  const wide = newVector(vector.data);
  const { get, isValid } = vector;
  return Object.defineProperties(wide, {
    get: { value: (index: number) => get.call(vector, Number(index)) },
    isValid: { value: (index: number) => isValid.call(vector, Number(index)) },
  });
}
