/** Huffman coding of strings: RFC 7541, section 5.2. */

import { HpackError } from "./hpack_error.ts";
import {
  CODE_BITS,
  CODE_LIMITS,
  CODES,
  EOS,
  MAX_CODE_BITS,
  SYMBOL_OFFSETS,
  SYMBOLS,
} from "./huffman_code.ts";

/** Length of the shortest code, in bits: no string grows by more than 8 / 5. */
const MIN_CODE_BITS = 5;

/**
 * Symbol at the start of each value of eight bits, and the length of its code
 * shifted left by 8. The entry is zero if the code is longer, which is rare.
 */
const SHORT_CODES: Uint16Array = shortCodes();

function shortCodes(): Uint16Array {
  const table = new Uint16Array(256);
  for (const symbol of SYMBOLS) {
    const bits = CODE_BITS[symbol]!;
    if (bits > 8) break;
    const first = CODES[symbol]! << (8 - bits);
    table.fill((bits << 8) | symbol, first, first + (1 << (8 - bits)));
  }
  return table;
}

/**
 * Computes the length of `text` in Huffman code, in whole bytes, or -1 if one
 * of its characters is not an octet.
 */
export function huffmanByteLength(text: string): number {
  let bits = 0;
  let all = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i);
    all |= symbol;
    bits += CODE_BITS[symbol & 0xff]!;
  }
  return all <= 0xff ? Math.ceil(bits / 8) : -1;
}

/**
 * Writes `text`, whose characters are octets, into `out`.
 *
 * @returns The position after the last byte.
 */
export function huffmanEncode(
  text: string,
  out: Uint8Array,
  position: number,
): number {
  // The lowest `pending` bits of `bits`, fewer than 8, are not yet written.
  let bits = 0;
  let pending = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    let code = CODES[symbol]!;
    let length = CODE_BITS[symbol]!;
    if (length > 24) {
      // In two parts: together with pending bits it may not fit into 32 bits.
      length -= 16;
      bits = (bits << length) | (code >>> 16);
      pending += length;
      while (pending >= 8) out[position++] = bits >>> (pending -= 8);
      code &= 0xffff;
      length = 16;
    }
    bits = (bits << length) | code;
    pending += length;
    while (pending >= 8) out[position++] = bits >>> (pending -= 8);
  }
  if (pending > 0) {
    // The rest of the byte is the beginning of EOS, which is all ones.
    out[position++] = (bits << (8 - pending)) | (0xff >>> pending);
  }
  return position;
}

/**
 * Returns the most bytes that `byteLength` bytes of Huffman code can stand for.
 */
export function maxDecodedBytes(byteLength: number): number {
  return Math.floor((byteLength * 8) / MIN_CODE_BITS);
}

/**
 * Decodes the bytes of `source` from `start` to `end` into `out`, which has room
 * for {@linkcode maxDecodedBytes}.
 *
 * @returns The position in `out` after the last byte.
 * @throws {HpackError} If the string has EOS in it, or ends with padding that is
 * longer than 7 bits or not the beginning of EOS.
 */
export function huffmanDecode(
  source: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  position: number,
): number {
  // The lowest `pending` bits of `bits` are not yet decoded.
  let bits = 0;
  let pending = 0;
  for (let next = start;;) {
    while (pending <= 16 && next < end) {
      bits = (bits << 8) | source[next++]!;
      pending += 8;
    }
    // Past the end there are ones, as if EOS followed.
    const peeked = pending >= 8
      ? (bits >>> (pending - 8)) & 0xff
      : ((bits << (8 - pending)) | (0xff >>> pending)) & 0xff;
    const short = SHORT_CODES[peeked]!;
    const length = short >>> 8;
    if (length === 0) {
      // Only 1111111x has no short code, so the remaining bits are all ones.
      if (pending < 8) return position;
      const at = (next - start) * 8 - pending;
      const rank = longCodeRank(source, start, end, at);
      out[position++] = SYMBOLS[rank]!;
      // Continue behind the code, which may be longer than the pending bits.
      const after = at + CODE_BITS[SYMBOLS[rank]!]!;
      next = start + (after >>> 3);
      pending = 0;
      if ((after & 7) !== 0) {
        bits = source[next++]!;
        pending = 8 - (after & 7);
      }
    } else if (length <= pending) {
      out[position++] = short;
      pending -= length;
    } else {
      throw new HpackError("padding of a string is not the beginning of EOS");
    }
  }
}

/** Finds the code at bit `at` after the byte `start`, in SYMBOLS. */
function longCodeRank(
  source: Uint8Array,
  start: number,
  end: number,
  at: number,
): number {
  let window = 0;
  const first = start + (at >>> 3);
  for (let i = first; i < first + 5; i++) {
    window = window * 256 + (i < end ? source[i]! : 0xff);
  }
  // Of these 40 bits, the 30 that begin at `at`.
  window = Math.floor(window / 2 ** (10 - (at & 7))) % 2 ** MAX_CODE_BITS;
  let bits = 9;
  while (window >= CODE_LIMITS[bits]!) bits++;
  const rank = (window >>> (MAX_CODE_BITS - bits)) + SYMBOL_OFFSETS[bits]!;
  if (at + bits > (end - start) * 8) {
    throw new HpackError(
      "padding of a string is longer than 7 bits or not the beginning of EOS",
    );
  }
  if (SYMBOLS[rank] === EOS) throw new HpackError("EOS within a string");
  return rank;
}
