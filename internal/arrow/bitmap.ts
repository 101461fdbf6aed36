/** Packed bits, least significant first: validity and booleans. */

import type { Data } from "apache-arrow";

/** Number of bytes for `length` bits. */
export function bitmapBytes(length: number): number {
  return Math.ceil(length / 8);
}

/**
 * Takes `length` bits of `bitmap` from bit `offset` on: the bitmap or a view of it if the offset allows
 * it, otherwise a shifted copy. Bits after the last are undefined.
 *
 * @param bitmap The bits; it may be too short.
 * @returns At most `bitmapBytes(length)` bytes.
 */
export function sliceBitmap(
  bitmap: Uint8Array,
  offset: number,
  length: number,
): Uint8Array {
  const start = offset >>> 3;
  const shift = offset & 7;
  const size = bitmapBytes(length);
  if (shift === 0) {
    return start === 0 && bitmap.byteLength <= size
      ? bitmap
      : bitmap.subarray(start, start + size);
  }
  const bytes = new Uint8Array(size);
  const last = Math.min(size, bitmap.byteLength - start - 1);
  for (let i = 0; i < last; i++) {
    bytes[i] = (bitmap[start + i]! >>> shift) |
      (bitmap[start + i + 1]! << (8 - shift));
  }
  if (last >= 0 && last < size) bytes[last] = bitmap[start + last]! >>> shift;
  return bytes;
}

/** Reports whether bit `index` is set; bits beyond the end are not. */
export function getBit(bitmap: Uint8Array, index: number): boolean {
  return ((bitmap[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0;
}

/**
 * Reports whether a row has a value, also where that is a time that apache-arrow cannot read: `getValid` throws then.
 * Not for unions, which have no validity of their own.
 */
export function hasValue(data: Data, row: number): boolean {
  const { nullBitmap, nullCount, offset } = data;
  if (nullCount === 0 || !nullBitmap?.byteLength) return true;
  return getBit(nullBitmap, offset + row);
}
