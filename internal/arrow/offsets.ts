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
    if (!rebaseWords(wordsOf(offsets), known, wordsOf(copy), start)) {
      const shift = offsets[0]! - BigInt(start);
      for (let i = 0; i < known; i++) {
        copy[i] = BigInt.asIntN(64, offsets[i]! - shift);
      }
    }
    return copy.fill(copy[known - 1]!, known);
  }
  const copy = new Int32Array(count);
  const shift = offsets[0]! - start;
  for (let i = 0; i < known; i++) copy[i] = offsets[i]! - shift;
  return copy.fill(copy[known - 1]!, known);
}

// A bigint for each offset would be an allocation on Bun, which takes fifty times as long as two words.

/** Views numbers of 64 bits as pairs of words, the low ones first. */
function wordsOf({ buffer, byteOffset, length }: BigInt64Array): Int32Array {
  return new Int32Array(buffer, byteOffset, 2 * length);
}

/**
 * Rebases offsets of two words each.
 *
 * @returns False if one of them is not within 0 and 2³¹ − 1, before or after.
 */
function rebaseWords(
  words: Int32Array,
  known: number,
  copy: Int32Array,
  start: number,
): boolean {
  const shift = words[0]! - start;
  let signs = start;
  let highs = 0;
  for (let i = 0; i < 2 * known; i += 2) {
    const offset = words[i]!;
    const moved = offset - shift | 0;
    copy[i] = moved;
    highs |= words[i + 1]!;
    signs |= offset | moved;
  }
  return highs === 0 && signs >= 0;
}

/** Makes offsets of `width` bytes, 4 or 8, of numbers up to 2⁵³ in magnitude. */
export function asOffsets(
  numbers: Int32Array | Float64Array,
  width: number,
): Offsets {
  if (width !== 8) {
    return numbers instanceof Int32Array ? numbers : new Int32Array(numbers);
  }
  const wide = new BigInt64Array(numbers.length);
  const words = wordsOf(wide);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    words[2 * i] = number;
    words[2 * i + 1] = Math.floor(number / 2 ** 32);
  }
  return wide;
}

/** Reads numbers of any width as numbers of JavaScript; beyond 2⁵³ they are rounded. */
export class NumberReader {
  readonly #numbers: ArrayLike<number>;
  readonly #isWide: boolean;

  /** @param numbers The numbers. */
  constructor(numbers: ArrayLike<number> | BigInt64Array) {
    this.#isWide = numbers instanceof BigInt64Array;
    this.#numbers = numbers instanceof BigInt64Array
      ? wordsOf(numbers)
      : numbers;
  }

  /** Returns the number with an index. */
  at(index: number): number {
    const numbers = this.#numbers;
    return this.#isWide
      ? 2 ** 32 * numbers[2 * index + 1]! + (numbers[2 * index]! >>> 0)
      : numbers[index]!;
  }
}
