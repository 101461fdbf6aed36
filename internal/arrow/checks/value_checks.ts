/**
 * Checks of buffers whose contents refer to other buffers. Bad references would make apache-arrow
 * throw, loop over missing rows, give a row the values of another, or read the same bytes again and
 * again.
 */

import { getBit } from "../bitmap.ts";
import {
  KERNEL_TYPE_IDS,
  MIN_KERNEL_NUMBERS,
  SimdKernel,
} from "./simd_kernel.ts";

/** Offsets on the wire: 32 or 64 bits each. */
export type Offsets = Int32Array | BigInt64Array;

/** Indices of a dictionary on the wire. */
export type Indices =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Made on first use, because the compiler takes longer than many a program; `null` if there is none. */
let kernel: SimdKernel | null | undefined;

/** Returns the kernel for arrays of `count` numbers if there is one, and if it pays. */
function kernelFor(count: number): SimdKernel | null {
  if (count < MIN_KERNEL_NUMBERS) return null;
  if (kernel === undefined) kernel = SimdKernel.make() ?? null;
  return kernel;
}

/**
 * Finds the first of `count + 1` offsets that is less than the one before.
 *
 * @returns Its index, or -1 when all are in order.
 */
export function firstDescent(offsets: Offsets, count: number): number {
  if (offsets[0]! >= 0 && ascends(offsets, count, kernelFor(count))) return -1;
  for (let i = 1; i <= count; i++) {
    if (offsets[i]! < offsets[i - 1]!) return i;
  }
  return -1;
}

/**
 * Reports whether `count + 1` offsets, of which the first is not negative, are in order. It may be
 * wrong for 64-bit offsets beyond 2³¹, and then returns false.
 *
 * @param kernel Does the loop; without it JavaScript does.
 */
export function ascends(
  offsets: Offsets,
  count: number,
  kernel: SimdKernel | null,
): boolean {
  // Without a branch for each: if no offset is negative, no difference overflows, and the sign of a
  // negative one remains.
  let signs = 0;
  if (offsets instanceof Int32Array) {
    if (kernel !== null) return kernel.ascends32(offsets, count);
    let previous = offsets[0]!;
    for (let i = 1; i <= count; i++) {
      const offset = offsets[i]!;
      signs |= offset | offset - previous;
      previous = offset;
    }
    return signs >= 0;
  }
  if (kernel !== null) return kernel.ascends64(offsets, count);
  // As pairs of words, since a bigint for each would be an allocation.
  const { buffer, byteOffset, length } = offsets;
  const words = new Int32Array(buffer, byteOffset, 2 * length);
  let highs = words[1]!;
  let previous = words[0]!;
  signs = previous;
  for (let i = 2; i <= 2 * count; i += 2) {
    const low = words[i]!;
    highs |= words[i + 1]!;
    signs |= low | low - previous;
    previous = low;
  }
  return highs === 0 && signs >= 0;
}

/**
 * Checks `count + 1` offsets into `available` bytes or values. Those between the ends count too: a
 * row would get the values of others, all rows together any size, and the batch could not be sent
 * again.
 *
 * @param what Name of the bytes or values, for error texts.
 * @returns A description of the fault, if there is one.
 */
export function badOffsets(
  offsets: Offsets,
  count: number,
  available: number,
  what: string,
): string | undefined {
  const [first, last] = [offsets[0]!, offsets[count]!];
  if (first < 0 || last < first || last > available) {
    return `its offsets go from ${first} to ${last}, but it has ${available} ${what}`;
  }
  const row = firstDescent(offsets, count);
  return row < 0 ? undefined : `offset ${row} is less than the one before`;
}

/**
 * Finds the first valid row whose index leads beyond a dictionary. Such a row has no value, and
 * would get one if the dictionary is sent on as a part of a longer one.
 *
 * @param validity The validity bitmap; empty when all rows are valid.
 * @param available Number of values in the dictionary.
 * @returns The row, or -1.
 */
export function firstBadIndex(
  indices: Indices,
  count: number,
  validity: Uint8Array,
  available: number,
): number {
  if (areWithin(indices, count, available - 1, kernelFor(count))) return -1;
  for (let row = 0; row < count; row++) {
    const index = indices[row]!;
    if (index >= 0 && index < available) continue;
    if (validity.byteLength === 0 || getBit(validity, row)) return row;
  }
  return -1;
}

/**
 * Reports whether all of the first `count` indices are between 0 and `last`.
 *
 * @param kernel Does the loop; without it JavaScript does.
 */
export function areWithin(
  indices: Indices,
  count: number,
  last: number,
  kernel: SimdKernel | null,
): boolean {
  if (last < 0) return count === 0;
  const { buffer, byteOffset, length } = indices;
  // Negative ones are beyond the half of the unsigned range. No dictionary has 2³¹ values.
  switch (indices.BYTES_PER_ELEMENT) {
    case 1: {
      const most = indices instanceof Int8Array ? Math.min(last, 127) : last;
      if (kernel !== null) return kernel.largest8(indices, count) <= most;
      return areWithin8(
        new Uint8Array(buffer, byteOffset, length),
        count,
        most,
      );
    }
    case 2: {
      const most = indices instanceof Int16Array
        ? Math.min(last, 32_767)
        : last;
      if (kernel !== null) return kernel.largest16(indices, count) <= most;
      return areWithin16(
        new Uint16Array(buffer, byteOffset, length),
        count,
        most,
      );
    }
    case 4:
      if (kernel !== null) return kernel.largest32(indices, count) <= last;
      return areWithin32(
        new Int32Array(buffer, byteOffset, length),
        count,
        last,
      );
    default:
      // The kernel is no faster: it is the memory that takes the time.
      return areWithin64(
        new Int32Array(buffer, byteOffset, 2 * length),
        count,
        last,
      );
  }
}

// A loop for each width: one that meets arrays of several types is much slower. As in `ascends`, the
// sign of a negative index or difference remains.

function areWithin8(indices: Uint8Array, count: number, last: number): boolean {
  let signs = 0;
  for (let row = 0; row < count; row++) signs |= last - indices[row]!;
  return signs >= 0;
}

function areWithin16(
  indices: Uint16Array,
  count: number,
  last: number,
): boolean {
  let signs = 0;
  for (let row = 0; row < count; row++) signs |= last - indices[row]!;
  return signs >= 0;
}

function areWithin32(
  indices: Int32Array,
  count: number,
  last: number,
): boolean {
  let signs = 0;
  for (let row = 0; row < count; row++) {
    const index = indices[row]!;
    signs |= index | last - index;
  }
  return signs >= 0;
}

function areWithin64(words: Int32Array, count: number, last: number): boolean {
  let highs = 0;
  let signs = 0;
  for (let i = 0; i < 2 * count; i += 2) {
    const low = words[i]!;
    highs |= words[i + 1]!;
    signs |= low | last - low;
  }
  return highs === 0 && signs >= 0;
}

/** Result of {@linkcode checkViews}. */
interface ViewsFound {
  /** First valid row that refers to missing bytes, or -1. */
  readonly badRow: number;
  /** Number of bytes that the valid rows before it refer to; shared ones count each time. */
  readonly bytes: number;
}

/** Longest value that is in the view itself; longer ones are in a buffer, in bytes. */
const INLINE_BYTES = 12;

/**
 * Checks the views of an array.
 *
 * @param views 16 bytes per row: length, and the bytes or prefix, buffer and offset.
 * @param validity The validity bitmap; empty when all rows are valid.
 * @param most Bytes that they may refer to. Below it, those of null rows may count as well.
 */
export function checkViews(
  views: Uint8Array,
  count: number,
  validity: Uint8Array,
  buffers: readonly Uint8Array[],
  most: number,
): ViewsFound {
  const { buffer, byteOffset } = views;
  if (byteOffset % 4 === 0) {
    const words = new Int32Array(buffer, byteOffset, 4 * count);
    const bytes = viewedBytesOf(words, buffers);
    if (bytes >= 0 && (validity.byteLength === 0 || bytes <= most)) {
      return { badRow: -1, bytes };
    }
  }
  const view = new DataView(buffer, byteOffset, views.byteLength);
  let bytes = 0;
  for (let row = 0; row < count; row++) {
    const length = view.getInt32(16 * row, true);
    if (length >= 0 && length <= INLINE_BYTES) continue;
    if (validity.byteLength > 0 && !getBit(validity, row)) continue;
    const buffer = buffers[view.getInt32(16 * row + 8, true)];
    const offset = view.getInt32(16 * row + 12, true);
    if (
      length < 0 || buffer === undefined || offset < 0 ||
      offset + length > buffer.byteLength
    ) return { badRow: row, bytes };
    bytes += length;
  }
  return { badRow: -1, bytes };
}

/**
 * Counts the bytes that all rows refer to, null or not.
 *
 * @returns The bytes; -1 if a row refers to missing ones.
 */
function viewedBytesOf(
  words: Int32Array,
  buffers: readonly Uint8Array[],
): number {
  // Offsets have 31 bits, so what is beyond them in a larger buffer cannot be referred to.
  const sizes = Int32Array.from(
    buffers,
    ({ byteLength }) => Math.min(byteLength, 2 ** 31 - 1),
  );
  let bytes = 0;
  let signs = 0;
  for (let i = 0; i < words.length; i += 4) {
    const length = words[i]!;
    if (length >>> 0 <= INLINE_BYTES) continue;
    const size = sizes[words[i + 2]!];
    if (size === undefined) return -1;
    const offset = words[i + 3]!;
    // A difference of two numbers that are not negative does not overflow.
    signs |= length | offset | size - length | size - length - offset;
    bytes += length;
  }
  return signs < 0 ? -1 : bytes;
}

/**
 * Finds the first row of a union that refers to no child, or to a row that its child does not have.
 *
 * @param offsets The rows in the children; `undefined` for a sparse union.
 * @param childIds The type id of each child.
 * @param childLengths The length of each child.
 * @returns The row, or -1.
 */
export function firstBadUnionRow(
  typeIds: Int8Array,
  offsets: Int32Array | undefined,
  count: number,
  childIds: Int32Array,
  childLengths: readonly number[],
): number {
  // The last row of the child with each id. Negative ids lead to entries from 128 on.
  const lasts = new Int32Array(256).fill(-1);
  childIds.forEach((id, index) => {
    // The children of a sparse union have all rows.
    lasts[id] = offsets === undefined ? 0 : childLengths[index]! - 1;
  });
  const inKernel = childIds.every((id) => id < KERNEL_TYPE_IDS);
  const kernel = inKernel ? kernelFor(count) : null;
  if (refersToRows(typeIds, offsets, count, lasts, kernel)) return -1;
  for (let row = 0; row < count; row++) {
    const offset = offsets?.[row] ?? 0;
    if (offset < 0 || offset > lasts[typeIds[row]! & 255]!) return row;
  }
  return -1;
}

/**
 * Reports whether all rows of a union refer to a row of a child.
 *
 * @param lasts For each type id, the last row of its child, or -1; negative ids are behind 127.
 * @param kernel Does the loop, if all type ids fit into its tables; without it JavaScript does.
 */
export function refersToRows(
  typeIds: Int8Array,
  offsets: Int32Array | undefined,
  count: number,
  lasts: Int32Array,
  kernel: SimdKernel | null,
): boolean {
  let signs = 0;
  if (offsets === undefined) {
    if (kernel !== null) return kernel.hasTypes(typeIds, count, lasts);
    for (let row = 0; row < count; row++) signs |= lasts[typeIds[row]! & 255]!;
    return signs >= 0;
  }
  if (kernel !== null) return kernel.hasRows(typeIds, offsets, count, lasts);
  for (let row = 0; row < count; row++) {
    const offset = offsets[row]!;
    signs |= offset | lasts[typeIds[row]! & 255]! - offset;
  }
  return signs >= 0;
}
