/** Offsets of texts and lists, as anyone may have given them. */

import { firstDescent, type Offsets } from "./value_checks.ts";

/**
 * How many of the first `count` offsets say something. Builders leave zeros after the last; a column
 * that was padded ends among them.
 */
export function knownOffsets(offsets: Offsets, count: number): number {
  const known = Math.min(offsets.length, count);
  if (known === 0 || Number(offsets[known - 1]) > Number(offsets[0])) {
    return known;
  }
  const descent = firstDescent(offsets, known - 1);
  return descent > 0 ? descent : known;
}

/** A copy of the first `known` offsets that starts with `start`, filled up with the last. */
export function rebased(
  offsets: Offsets,
  known: number,
  count: number,
  start = 0,
): Offsets {
  if (offsets instanceof BigInt64Array) {
    const copy = new BigInt64Array(count);
    const shift = offsets[0]! - BigInt(start);
    for (let i = 0; i < known; i++) {
      copy[i] = BigInt.asIntN(64, offsets[i]! - shift);
    }
    return copy.fill(copy[known - 1]!, known);
  }
  const copy = new Int32Array(count);
  const shift = offsets[0]! - start;
  for (let i = 0; i < known; i++) copy[i] = offsets[i]! - shift;
  return copy.fill(copy[known - 1]!, known);
}
