/** Changes to bytes of which nothing is known. */

import type { Random } from "../random.ts";

/** A copy that was changed in one to three places, or cut off, or lengthened. */
export function mutatedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let copy: Uint8Array = bytes.slice();
  for (let i = random.below(3); i >= 0; i--) copy = mutatedOnce(copy, random);
  return copy;
}

function mutatedOnce(bytes: Uint8Array, random: Random): Uint8Array {
  const { length } = bytes;
  if (length === 0) return random.bytes(random.below(16));
  const at = random.below(length);
  switch (random.below(10)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return inserted(bytes, at, random.bytes(1 + random.below(8)));
    case 2: {
      const end = Math.min(length, at + 1 + random.below(16));
      return inserted(bytes, at, bytes.slice(at, end));
    }
    case 3:
      bytes.copyWithin(at, random.below(length), at + 8);
      return bytes;
    case 4:
      bytes[at] = random.below(256);
      return bytes;
    case 5:
      bytes[at]! += random.oneIn(2) ? 1 : -1;
      return bytes;
    case 6:
      writeInteger(bytes, at & ~3, 4, random.edge());
      return bytes;
    case 7:
      writeInteger(bytes, at & ~1, 2, random.edge());
      return bytes;
    default:
      bytes[at]! ^= 1 << random.below(8);
      return bytes;
  }
}

/** A copy with `more` at `at`. */
export function inserted(
  bytes: Uint8Array,
  at: number,
  more: Uint8Array,
): Uint8Array {
  const result = new Uint8Array(bytes.length + more.length);
  result.set(bytes.subarray(0, at));
  result.set(more, at);
  result.set(bytes.subarray(at), at + more.length);
  return result;
}

/** Writes an integer, little-endian, as far as there is room. */
export function writeInteger(
  bytes: Uint8Array,
  at: number,
  width: number,
  value: number,
): void {
  if (at + width > bytes.length) return;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (width === 1) view.setInt8(at, value);
  else if (width === 2) view.setInt16(at, value, true);
  else if (width === 4) view.setInt32(at, value, true);
  else view.setBigInt64(at, BigInt(value), true);
}

/** Reads an integer, little-endian; what is beyond 2^53 is rounded. */
export function readInteger(
  bytes: Uint8Array,
  at: number,
  width: number,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (width === 1) return view.getInt8(at);
  if (width === 2) return view.getInt16(at, true);
  if (width === 4) return view.getInt32(at, true);
  return Number(view.getBigInt64(at, true));
}
