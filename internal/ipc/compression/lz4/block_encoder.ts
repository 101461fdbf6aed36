/**
 * Bytes → LZ4 blocks, the fast way: one table lookup for each position, and growing steps through
 * data without repetitions.
 *
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */

/** Shortest match of the format. */
const MIN_MATCH = 4;
/** The last bytes of a block are always literals. */
const LAST_LITERALS = 5;
/** No match begins among the last bytes of a block. */
const MATCH_MARGIN = 12;
/** Largest distance of a match. */
const MAX_OFFSET = 65_535;

const HASH_BITS = 14;
/** Number of misses, as a power of 2, after which steps grow by one. */
const SKIP_BITS = 6;

/** Last position of four bytes with a given hash. */
const table = new Int32Array(1 << HASH_BITS);

/**
 * Encodes one block, which refers to nothing before itself: `source` from `start` to `end`.
 *
 * @param target The output.
 * @param position Position in `target` at which it begins.
 * @param limit Position in `target` at which it must end.
 * @returns The position at which it ends; -1 if it does not fit.
 */
export function encodeBlock(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  position: number,
  limit: number,
): number {
  const view = new DataView(
    source.buffer,
    source.byteOffset,
    source.byteLength,
  );
  const lastMatch = end - MATCH_MARGIN;
  const matchEnd = end - LAST_LITERALS;
  let anchor = start;
  let out = position;
  table.fill(start - MAX_OFFSET - 1);

  for (let at = start, misses = 1 << SKIP_BITS; at <= lastMatch;) {
    const word = view.getInt32(at, true);
    const hash = Math.imul(word, 0x9e3779b1) >>> 32 - HASH_BITS;
    let match = table[hash]!;
    table[hash] = at;
    if (at - match > MAX_OFFSET || view.getInt32(match, true) !== word) {
      at += misses++ >>> SKIP_BITS;
      continue;
    }
    misses = 1 << SKIP_BITS;
    while (
      at > anchor && match > start && source[at - 1] === source[match - 1]
    ) {
      at--;
      match--;
    }
    let length = MIN_MATCH;
    while (
      at + length + 4 <= matchEnd &&
      view.getInt32(at + length, true) === view.getInt32(match + length, true)
    ) length += 4;
    while (
      at + length < matchEnd && source[at + length] === source[match + length]
    ) length++;

    const literals = at - anchor;
    // Token, lengths, literals, offset.
    if (
      out + literals + 5 + literals / 255 + length / 255 > limit
    ) return -1;
    const token = out++;
    const extra = length - MIN_MATCH;
    target[token] = Math.min(literals, 15) << 4 | Math.min(extra, 15);
    if (literals >= 15) out = writeLength(target, out, literals - 15);
    out = copy(source, anchor, at, target, out);
    const offset = at - match;
    target[out++] = offset;
    target[out++] = offset >>> 8;
    if (extra >= 15) out = writeLength(target, out, extra - 15);

    at += length;
    anchor = at;
    if (at <= lastMatch) {
      const before = view.getInt32(at - 2, true);
      table[Math.imul(before, 0x9e3779b1) >>> 32 - HASH_BITS] = at - 2;
    }
  }

  const literals = end - anchor;
  if (out + literals + 2 + literals / 255 > limit) return -1;
  target[out++] = Math.min(literals, 15) << 4;
  if (literals >= 15) out = writeLength(target, out, literals - 15);
  return copy(source, anchor, end, target, out);
}

function writeLength(target: Uint8Array, out: number, rest: number): number {
  for (; rest >= 255; rest -= 255) target[out++] = 255;
  target[out++] = rest;
  return out;
}

function copy(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  out: number,
): number {
  if (to - from > 32) target.set(source.subarray(from, to), out);
  else for (let i = from, o = out; i < to;) target[o++] = source[i++]!;
  return out + to - from;
}
