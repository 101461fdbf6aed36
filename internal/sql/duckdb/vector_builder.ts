/** Common base of the builders of all columns. */

import type { Data, DataType } from "apache-arrow";
import type { DuckVector } from "./native.ts";

/** Bytes that there is room for at first. */
const MIN_BYTES = 1024;

/** Memory that grows. */
export class GrowingBytes {
  bytes = new Uint8Array(MIN_BYTES);

  /** Makes room for so many bytes. */
  reserve(size: number): Uint8Array {
    if (size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(size, 2 * this.bytes.length));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    return this.bytes;
  }

  /** Takes what is there out. */
  take(size: number): Uint8Array {
    this.reserve(size);
    const bytes = this.bytes.subarray(0, size);
    // As much as was needed, and no longer what a batch of larger values has needed.
    const next = Math.max(MIN_BYTES, Math.min(this.bytes.length, 2 * size));
    this.bytes = new Uint8Array(next);
    return bytes;
  }
}

/** Collects the values of a column over several chunks. */
export abstract class VectorBuilder {
  /** Number of rows. */
  rows = 0;
  /** Bytes of the values so far. */
  abstract get bytes(): number;
  protected readonly type: DataType;
  readonly #validity = new GrowingBytes();
  /** Number of rows that have their bit of validity: none needs one before the first vector with such bits. */
  #marked = 0;
  #nulls = 0;

  constructor(type: DataType) {
    this.type = type;
  }

  /** Adds `count` items from `start` on. */
  append(vector: DuckVector, start: number, count: number): void {
    this.appendValidity(vector, start, count);
    this.copy(vector, start, count);
    this.rows += count;
  }

  /** Takes the column out, and begins anew. */
  finish(): Data {
    const { rows } = this;
    const nullCount = this.#nulls;
    const validity = nullCount > 0
      ? this.#validity.take((rows + 7) >>> 3)
      : undefined;
    const data = this.build(rows, nullCount, validity);
    this.rows = this.#nulls = this.#marked = 0;
    return data;
  }

  protected abstract copy(
    vector: DuckVector,
    start: number,
    count: number,
  ): void;

  protected abstract build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data;

  /** The caller checks whether the last inspected item is valid: this copies the bits. */
  protected appendValidity(
    vector: DuckVector,
    start: number,
    count: number,
  ): void {
    const { data, offset } = validityOf(vector);
    const { rows } = this;
    if (data === null && this.#nulls === 0) return;
    const bits = this.#validity.reserve((rows + count + 7) >>> 3);
    const marked = data === null ? rows + count : rows;
    setBits(bits, this.#marked, marked - this.#marked);
    this.#marked = rows + count;
    if (data === null) return;
    const source = new Uint8Array(
      data.buffer,
      data.byteOffset,
      data.byteLength,
    );
    for (let i = 0; i < count; i++) {
      const from = offset + start + i;
      const to = rows + i;
      if ((source[from >>> 3]! >>> (from & 7)) & 1) {
        bits[to >>> 3]! |= 1 << (to & 7);
      } else {
        bits[to >>> 3]! &= ~(1 << (to & 7));
        this.#nulls++;
      }
    }
  }
}

function setBits(bits: Uint8Array, start: number, count: number): void {
  for (let i = start; i < start + count; i++) bits[i >>> 3]! |= 1 << (i & 7);
}

/** Validity of a vector; that of a map or a union is the one of what it is made of. */
function validityOf(vector: DuckVector) {
  const { validity } = vector.listVector ?? vector.structVector ?? vector;
  return validity;
}

/** Returns a function that reports whether the item at an index is valid. */
export function validTest(vector: DuckVector): (item: number) => boolean {
  const { data, offset } = validityOf(vector);
  if (data === null) return () => true;
  const bits = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return (item) => {
    const bit = offset + item;
    return ((bits[bit >>> 3]! >>> (bit & 7)) & 1) === 1;
  };
}

/** Offsets of the items of texts and lists. */
export class GrowingOffsets {
  offsets: Int32Array<ArrayBuffer> = new Int32Array(MIN_BYTES);

  /** Sets the end of a row. */
  set(row: number, end: number): void {
    if (row + 1 >= this.offsets.length) {
      const grown = new Int32Array(2 * this.offsets.length);
      grown.set(this.offsets);
      this.offsets = grown;
    }
    this.offsets[row + 1] = end;
  }

  /** Takes the offsets out. */
  take(rows: number): Int32Array {
    const offsets = this.offsets.subarray(0, rows + 1);
    this.offsets = new Int32Array(this.offsets.length);
    return offsets;
  }
}
