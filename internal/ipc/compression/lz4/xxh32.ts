/**
 * xxHash of 32 bits, the checksum of LZ4 frames.
 *
 * https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */

const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/**
 * Hashes bytes, with the seed 0.
 *
 * @returns An unsigned integer of 32 bits.
 */
export function xxh32(bytes: Uint8Array): number {
  const length = bytes.byteLength;
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let at = 0;
  let hash: number;
  if (length >= 16) {
    let a = PRIME_1 + PRIME_2 | 0;
    let b = PRIME_2 | 0;
    let c = 0;
    let d = -PRIME_1 | 0;
    for (const last = length - 16; at <= last; at += 16) {
      a = round(a, view.getInt32(at, true));
      b = round(b, view.getInt32(at + 4, true));
      c = round(c, view.getInt32(at + 8, true));
      d = round(d, view.getInt32(at + 12, true));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  } else {
    hash = PRIME_5;
  }
  hash = hash + length | 0;
  for (; at + 4 <= length; at += 4) {
    hash = hash + Math.imul(view.getInt32(at, true), PRIME_3) | 0;
    hash = Math.imul(rotate(hash, 17), PRIME_4);
  }
  for (; at < length; at++) {
    hash = hash + Math.imul(bytes[at]!, PRIME_5) | 0;
    hash = Math.imul(rotate(hash, 11), PRIME_1);
  }
  hash = Math.imul(hash ^ hash >>> 15, PRIME_2);
  hash = Math.imul(hash ^ hash >>> 13, PRIME_3);
  return (hash ^ hash >>> 16) >>> 0;
}

function round(accumulator: number, lane: number): number {
  return Math.imul(
    rotate(accumulator + Math.imul(lane, PRIME_2) | 0, 13),
    PRIME_1,
  );
}

function rotate(value: number, bits: number): number {
  return value << bits | value >>> 32 - bits;
}
