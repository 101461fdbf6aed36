/**
 * Writes flatbuffers from front to back: a table first, then the objects to which it refers. It
 * supports only the features that Arrow needs.
 */

import { metadataBytes } from "../lossless_text.ts";

/** Offsets of the slots of a kind of table. */
export interface TableLayout {
  /** Offsets of the slots from the start of the table. */
  readonly at: readonly number[];
  /** Bytes of a table. */
  readonly size: number;
}

/**
 * Lays out a table: wide slots first, so that every slot is aligned when byte 4 is.
 *
 * @param sizes The bytes of each slot, in the order of the schema; 4 for a reference.
 */
export function tableLayout(...sizes: readonly number[]): TableLayout {
  const at = sizes.map(() => 0);
  let size = 4;
  for (const width of [8, 4, 2, 1]) {
    for (const [slot, bytes] of sizes.entries()) {
      if (bytes !== width) continue;
      at[slot] = size;
      size += width;
    }
  }
  return { at, size };
}

/** Builds one flatbuffer. */
export class FlatbufferWriter {
  #bytes: Uint8Array;
  #view: DataView;
  /** The first four bytes refer to the root. */
  #length = 4;

  /**
   * Starts with an empty buffer.
   *
   * @param capacity Expected number of bytes; the buffer grows by itself.
   */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array((Math.max(capacity, 64) + 7) & ~7);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /**
   * Starts a table whose slots are all zero.
   *
   * @param absent Absent slots, as bits: a reference that is not set must be absent.
   * @returns Its position.
   */
  table(layout: TableLayout, absent = 0): number {
    const { at, size } = layout;
    const vtableSize = 4 + 2 * at.length;
    // The vtable, then the table at 4 modulo 8.
    const start = (this.#length + 1) & ~1;
    const table = (((start + vtableSize + 3) >> 3) << 3) + 4;
    const vtable = table - vtableSize;
    this.#grow(table + size);
    const view = this.#view;
    view.setUint16(vtable, vtableSize, true);
    view.setUint16(vtable + 2, size, true);
    for (let slot = 0; slot < at.length; slot++) {
      const offset = absent & (1 << slot) ? 0 : at[slot]!;
      view.setUint16(vtable + 4 + 2 * slot, offset, true);
    }
    view.setInt32(table, vtableSize, true);
    return table;
  }

  /**
   * Starts a vector.
   *
   * @param length Number of elements.
   * @param width The bytes of an element: 4 or a multiple of 8.
   * @returns The position of its first element; references point 4 bytes before it.
   */
  vector(length: number, width: number): number {
    const aligned = width === 4 ? 4 : 8;
    const first = Math.ceil((this.#length + 4) / aligned) * aligned;
    this.#grow(first + length * width);
    this.#view.setUint32(first - 4, length, true);
    return first;
  }

  /** Writes a string and returns its position. */
  string(text: string): number {
    const bytes = metadataBytes(text);
    const start = (this.#length + 3) & ~3;
    this.#grow(start + 4 + bytes.byteLength + 1);
    this.#view.setUint32(start, bytes.byteLength, true);
    this.#bytes.set(bytes, start + 4);
    return start;
  }

  /** Makes the reference at `position` refer to `target`. */
  refer(position: number, target: number): void {
    this.#view.setUint32(position, target - position, true);
  }

  /** Writes one byte. */
  uint8(position: number, value: number): void {
    this.#view.setUint8(position, value);
  }

  /** Writes a 16-bit integer. */
  int16(position: number, value: number): void {
    this.#view.setInt16(position, value, true);
  }

  /** Writes a 32-bit integer. */
  int32(position: number, value: number): void {
    this.#view.setInt32(position, value, true);
  }

  /** Writes a safe integer as 64 bits; a bigint for each would be an allocation. */
  int64(position: number, value: number): void {
    this.#view.setUint32(position, value >>> 0, true);
    this.#view.setInt32(position + 4, Math.floor(value / 2 ** 32), true);
  }

  /**
   * Returns the flatbuffer with the table at `root` as its root.
   *
   * @returns The bytes, a multiple of 8.
   */
  finish(root: number): Uint8Array {
    this.refer(0, root);
    this.#grow((this.#length + 7) & ~7);
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(length: number): void {
    this.#length = length;
    if (length <= this.#bytes.byteLength) return;
    const bytes = new Uint8Array(
      (Math.max(length, 2 * this.#bytes.byteLength) + 7) & ~7,
    );
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
