/** Offsets of texts and lists from arbitrary sources. */

import { firstDescent, type Offsets } from "./checks/value_checks.ts";

/**
 * Counts the offsets among the first `count` that are valid. Builders leave zeros after the last
 * one; a padded column ends among them.
 */
export function knownOffsets(offsets: Offsets, count: number): number {
  const known = Math.min(offsets.length, count);
  if (known === 0 || Number(offsets[known - 1]) > Number(offsets[0])) {
    return known;
  }
  const descent = firstDescent(offsets, known - 1);
  return descent > 0 ? descent : known;
}

/** Copies the first `known` offsets such that the first becomes `start`, and repeats the last. */
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
