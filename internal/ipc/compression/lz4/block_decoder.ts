/**
 * LZ4 blocks → bytes.
 *
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */

/** Length from which a copy is worth a call of the runtime; shorter ones use a loop. */
const LONG = 48;

/**
 * Decodes one block: `source` from `start` to `end`.
 *
 * @param target The output. The block may refer to bytes before `position` in it.
 * @param position Position in `target` at which the block begins.
 * @param first The first byte of `target` that the block may refer to.
 * @returns The position in `target` at which the block ends.
 * @throws {RangeError} When the block is malformed, or does not fit into `target`.
 */
export function decodeBlock(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  position: number,
  first: number,
): number {
  const limit = target.byteLength;
  const from = new DataView(source.buffer, source.byteOffset, end);
  const to = new DataView(target.buffer, target.byteOffset, limit);
  // Four bytes at a time are faster than one. The last copy may write beyond its end, into bytes
  // that the next one overwrites. These bounds leave room for it.
  const [wideEnd, wideLimit] = [end - LONG - 4, limit - LONG - 4];
  let at = start;
  let out = position;
  while (at < end) {
    const token = source[at++]!;

    let literals = token >>> 4;
    if (literals === 15) {
      let byte: number;
      do {
        if (at >= end) throw new RangeError("a length is cut off");
        byte = source[at++]!;
        literals += byte;
      } while (byte === 255);
    }
    if (literals > end - at) throw new RangeError("literals are cut off");
    if (literals > limit - out) throw tooLong(limit);
    if (literals > LONG) {
      target.set(source.subarray(at, at + literals), out);
    } else if (at <= wideEnd && out <= wideLimit) {
      for (let i = 0; i < literals; i += 4) {
        to.setInt32(out + i, from.getInt32(at + i, true), true);
      }
    } else {
      for (let i = 0; i < literals; i++) target[out + i] = source[at + i]!;
    }
    at += literals;
    out += literals;
    // The last sequence has literals only.
    if (at === end) return out;

    if (end - at < 2) throw new RangeError("an offset is cut off");
    const offset = source[at]! | source[at + 1]! << 8;
    at += 2;
    if (offset === 0 || offset > out - first) {
      throw new RangeError(`offset ${offset} leads before the data`);
    }
    let length = (token & 15) + 4;
    if (length === 19) {
      let byte: number;
      do {
        if (at >= end) throw new RangeError("a length is cut off");
        byte = source[at++]!;
        length += byte;
      } while (byte === 255);
    }
    if (length > limit - out) throw tooLong(limit);
    const match = out - offset;
    const stop = out + length;
    if (length > LONG) {
      // A copy that overlaps itself repeats: every step doubles the bytes for the next one.
      while (out < stop) {
        const available = Math.min(out - match, stop - out);
        target.copyWithin(out, match, match + available);
        out += available;
      }
    } else if (offset >= 4 && out <= wideLimit) {
      for (let i = 0; i < length; i += 4) {
        to.setInt32(out + i, to.getInt32(match + i, true), true);
      }
      out = stop;
    } else {
      for (let i = match; out < stop;) target[out++] = target[i++]!;
    }
  }
  throw new RangeError("the block has no last literals");
}

function tooLong(limit: number): RangeError {
  return new RangeError(`it has more than the ${limit} bytes it should have`);
}
