/**
 * The Huffman code: RFC 7541, appendix B.
 *
 * The code is canonical: among codes of one length, those of smaller symbols
 * come first, and longer codes follow shorter ones. So the lengths define the
 * code.
 */

/** The end-of-string symbol, which must not appear in a string. */
export const EOS = 256;

/** Length of the code of each octet in bits, then that of {@linkcode EOS}. */
// deno-fmt-ignore
export const CODE_BITS: Uint8Array = new Uint8Array([
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
   6, 10, 10, 12, 13,  6,  8, 11, 10, 10,  8, 11,  8,  6,  6,  6,
   5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8, 15,  6, 12, 10,
  13,  6,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,
   7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8, 13, 19, 13, 14,  6,
  15,  5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,
   6,  7,  6,  5,  5,  6,  7,  7,  7,  7,  7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
]);

/** Length of the longest code, in bits. */
export const MAX_CODE_BITS = 30;

/** Every symbol, by length of its code and then by value. */
export const SYMBOLS: Uint16Array = Uint16Array.from(CODE_BITS.keys())
  .sort((a, b) => CODE_BITS[a]! - CODE_BITS[b]! || a - b);

/** Code of each symbol, in its lowest bits. */
export const CODES: Uint32Array = new Uint32Array(CODE_BITS.length);

/**
 * For each length: the first code that is longer, aligned to the left of 30
 * bits. Lengths without codes have the limit of the length before them.
 * 30. Lengths without codes have the limit of the length before them.
 */
export const CODE_LIMITS: Uint32Array = new Uint32Array(MAX_CODE_BITS + 1);

/**
 * For each length: the offset from a code of that length to its place in
 * SYMBOLS.
 */
export const SYMBOL_OFFSETS: Int32Array = new Int32Array(MAX_CODE_BITS + 1);

let code = 0;
let rank = 0;
for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
  code *= 2;
  SYMBOL_OFFSETS[bits] = rank - code;
  for (; CODE_BITS[SYMBOLS[rank]!] === bits; rank++) {
    CODES[SYMBOLS[rank]!] = code++;
  }
  CODE_LIMITS[bits] = code * 2 ** (MAX_CODE_BITS - bits);
}
