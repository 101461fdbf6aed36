/**
 * Checks of buffers whose contents refer to other buffers. Bad references would make apache-arrow
 * throw, loop over missing rows, give a row the values of another, or read the same bytes again and
 * again.
 */

import { getBit } from "./bitmap.ts";

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

/**
 * Finds the first of `count + 1` offsets that is less than the one before.
 *
 * @returns Its index, or -1 when all are in order.
 */
export function firstDescent(offsets: Offsets, count: number): number {
  if (offsets instanceof Int32Array) {
    // Without a branch for each, which halves the time: if no offset is negative, no difference
    // overflows, and the sign of a negative one remains.
    let signs = 0;
    let previous = offsets[0]!;
    for (let i = 1; i <= count; i++) {
      const offset = offsets[i]!;
      signs |= offset | offset - previous;
      previous = offset;
    }
    return signs < 0 ? descentOf(offsets, count) : -1;
  }
  // As halves, since a bigint for each would be an allocation. Between two safe ends all are safe.
  const halves = new Int32Array(
    offsets.buffer,
    offsets.byteOffset,
    2 * offsets.length,
  );
  // The same, for offsets that all fit into 31 bits.
  let signs = 0;
  let highs = halves[1]!;
  let previous = halves[0]!;
  for (let i = 1; i <= count; i++) {
    const low = halves[2 * i]!;
    highs |= halves[2 * i + 1]!;
    signs |= low | low - previous;
    previous = low;
  }
  if (highs === 0 && signs >= 0 && halves[0]! >= 0) return -1;
  let [low, high] = [halves[0]! >>> 0, halves[1]!];
  for (let i = 1; i <= count; i++) {
    const [nextLow, nextHigh] = [halves[2 * i]! >>> 0, halves[2 * i + 1]!];
    if (nextHigh < high || nextHigh === high && nextLow < low) return i;
    [low, high] = [nextLow, nextHigh];
  }
  return -1;
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

function descentOf(offsets: Int32Array, count: number): number {
  for (let i = 1; i <= count; i++) {
    if (offsets[i]! < offsets[i - 1]!) return i;
  }
  return -1;
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
  const isValid = (row: number): boolean =>
    validity.byteLength === 0 || getBit(validity, row);
  if (indices instanceof BigInt64Array || indices instanceof BigUint64Array) {
    // As halves, since a bigint for each would be an allocation.
    const { buffer, byteOffset } = indices;
    const halves = new Uint32Array(buffer, byteOffset, 2 * count);
    for (let row = 0; row < count; row++) {
      if (halves[2 * row + 1] === 0 && halves[2 * row]! < available) continue;
      if (isValid(row)) return row;
    }
    return -1;
  }
  for (let row = 0; row < count; row++) {
    const index = indices[row]!;
    if ((index < 0 || index >= available) && isValid(row)) return row;
  }
  return -1;
}

/** Result of {@linkcode checkViews}. */
interface ViewsFound {
  /** First valid row that refers to missing bytes, or -1. */
  readonly badRow: number;
  /** Number of bytes that the valid rows before it refer to; shared ones count each time. */
  readonly bytes: number;
}

/**
 * Checks the views of an array.
 *
 * @param views 16 bytes per row: length, and the bytes or prefix, buffer and offset.
 * @param validity The validity bitmap; empty when all rows are valid.
 */
export function checkViews(
  views: Uint8Array,
  count: number,
  validity: Uint8Array,
  buffers: readonly Uint8Array[],
): ViewsFound {
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength);
  let bytes = 0;
  for (let row = 0; row < count; row++) {
    const length = view.getInt32(16 * row, true);
    if (length >= 0 && length <= 12) continue;
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
 * Finds the first row of a union that refers to no child, or to a row that its child does not have.
 *
 * @param offsets The rows in the children; `undefined` for a sparse union.
 * @param childLengths The length of each child.
 * @param childIds The type id of each child.
 * @returns The row, or -1.
 */
export function firstBadUnionRow(
  typeIds: Int8Array,
  offsets: Int32Array | undefined,
  count: number,
  childIds: Int32Array,
  childLengths: readonly number[],
): number {
  const lengths = new Float64Array(128).fill(-1);
  childIds.forEach((id, index) => lengths[id] = childLengths[index]!);
  for (let row = 0; row < count; row++) {
    const length = lengths[typeIds[row]! & 127]!;
    if (typeIds[row]! < 0 || length < 0) return row;
    if (offsets === undefined) continue;
    const offset = offsets[row]!;
    if (offset < 0 || offset >= length) return row;
  }
  return -1;
}
