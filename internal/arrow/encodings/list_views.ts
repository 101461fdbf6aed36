/** Lists with offsets and sizes: from and to lists of which each begins where the one before ends. */

import type { Data } from "apache-arrow";
import { getBit } from "../bitmap.ts";
import type { Offsets } from "../checks/value_checks.ts";
import type { FieldLayout } from "../field_layout.ts";
import { asOffsets, NumberReader } from "../offsets.ts";
import { take } from "../take.ts";
import type { TakeBudget } from "../take_budget.ts";

/** Numbers of a list view. */
interface ListViews {
  /** First value of each list. */
  readonly offsets: Int32Array;
  /** Number of values of each list. */
  readonly sizes: Int32Array;
  /** The validity bitmap; empty when all lists are valid. */
  readonly validity: Uint8Array;
}

/** Lists of which each begins where the one before ends. */
interface Lists {
  /** One offset more than lists. */
  readonly offsets: Offsets;
  /** The values. */
  readonly child: Data;
}

/**
 * Checks list views.
 *
 * @param offsets First value of each list, as it arrived.
 * @param sizes Number of values of each list.
 * @param available Number of values.
 * @returns The numbers with 32 bits each; or the first row whose list does not lie within the values.
 * Those of null rows count too, as the format has it.
 */
export function checkedViews(
  offsets: Offsets,
  sizes: Offsets,
  validity: Uint8Array,
  available: number,
): ListViews | number {
  const [first, counts] = [words(offsets), words(sizes)];
  let signs = 0;
  for (let row = 0; row < first.length; row++) {
    const [offset, size] = [first[row]!, counts[row]!];
    // Without a branch: a difference of two numbers that are not negative does not overflow.
    signs |= offset | size | available - size | available - size - offset;
  }
  if (signs >= 0) return { offsets: first, sizes: counts, validity };
  return first.findIndex((offset, row) => {
    const size = counts[row]!;
    return offset < 0 || size < 0 || offset + size > available;
  });
}

/** Returns numbers in 32 bits: −1 for those that do not fit. */
function words(numbers: Offsets): Int32Array {
  if (numbers instanceof Int32Array) return numbers;
  const { buffer, byteOffset, length } = numbers;
  const halves = new Int32Array(buffer, byteOffset, 2 * length);
  const low = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    low[i] = halves[2 * i + 1] === 0 ? halves[2 * i]! : -1;
  }
  return low;
}

/** Adds up the sizes of the lists, but for those of null rows. */
export function valuesInLists({ sizes, validity }: ListViews): number {
  const isFull = validity.byteLength === 0;
  let sum = 0;
  for (let row = 0; row < sizes.length; row++) {
    if (isFull || getBit(validity, row)) sum += sizes[row]!;
  }
  return sum;
}

/**
 * Puts lists into the order of their rows. Values are not copied if they are in order already.
 *
 * @param layout The layout of the plain lists.
 * @param views Lists that lie within the child.
 * @param sum The result of `valuesInLists`.
 * @param budget Memory that their values may take.
 * @throws {FlightError} RESOURCE_EXHAUSTED when they take more.
 */
export function listsOf(
  layout: FieldLayout,
  views: ListViews,
  sum: number,
  child: Data,
  budget: TakeBudget,
): Lists {
  const { offsets: given, sizes, validity } = views;
  const count = given.length;
  const offsets = new Int32Array(count + 1);
  if (isInOrder(views)) {
    offsets.set(given);
    if (count > 0) offsets[count] = given[count - 1]! + sizes[count - 1]!;
    return { offsets: asOffsets(offsets, layout.width), child };
  }
  budget.reserve(layout.name, 4 * sum);
  const isFull = validity.byteLength === 0;
  const rows = new Int32Array(sum);
  let end = 0;
  for (let row = 0; row < count; row++) {
    const size = isFull || getBit(validity, row) ? sizes[row]! : 0;
    const first = given[row]!;
    for (let i = 0; i < size; i++) rows[end + i] = first + i;
    offsets[row + 1] = end += size;
  }
  return {
    offsets: asOffsets(offsets, layout.width),
    child: take(layout.children[0]!, [child], rows, budget),
  };
}

/** Reports whether each list begins where the one before ends. */
function isInOrder({ offsets, sizes }: ListViews): boolean {
  let difference = 0;
  for (let row = 1; row < offsets.length; row++) {
    difference |= offsets[row]! - offsets[row - 1]! - sizes[row - 1]!;
  }
  return difference === 0;
}

/** Returns the sizes of lists by their offsets, of which there is one more. */
export function sizesOf(offsets: Offsets): Offsets {
  const count = offsets.length - 1;
  if (offsets instanceof Int32Array) {
    const sizes = new Int32Array(count);
    for (let i = 0; i < count; i++) sizes[i] = offsets[i + 1]! - offsets[i]!;
    return sizes;
  }
  const numbers = new NumberReader(offsets);
  const sizes = new Float64Array(count);
  for (let i = 0; i < count; i++) sizes[i] = numbers.at(i + 1) - numbers.at(i);
  return asOffsets(sizes, 8);
}
