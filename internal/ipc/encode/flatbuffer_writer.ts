/**
 * Writes flatbuffers from front to back: a table first, then what it refers to. It knows just enough
 * for the messages of Arrow.
 */

import { metadataBytes } from "../lossless_text.ts";

/** Where the slots of a kind of table lie. */
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
   * @param capacity About how many bytes there will be; it grows by itself.
   */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array((Math.max(capacity, 64) + 7) & ~7);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /**
   * Starts a table whose slots are all zero.
   *
   * @param absent The slots that are left out, as bits: a reference that is not made has to be.
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
   * @param length How many elements it has.
   * @param width The bytes of an element: 4 or a multiple of 8.
   * @returns The position of its first element; 4 less is what refers to it.
   */
  vector(length: number, width: number): number {
    const aligned = width === 4 ? 4 : 8;
    const first = Math.ceil((this.#length + 4) / aligned) * aligned;
    this.#grow(first + length * width);
    this.#view.setUint32(first - 4, length, true);
    return first;
  }

  /** Writes a string and gives its position. */
  string(text: string): number {
    const bytes = metadataBytes(text);
    const start = (this.#length + 3) & ~3;
    this.#grow(start + 4 + bytes.byteLength + 1);
    this.#view.setUint32(start, bytes.byteLength, true);
    this.#bytes.set(bytes, start + 4);
    return start;
  }

  /** Makes the reference at `position` refer to what lies at `target`. */
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
   * The flatbuffer with the table at `root` as its root.
   *
   * @returns A multiple of 8 bytes.
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
