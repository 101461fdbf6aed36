/** Lists with offsets and sizes: from and to lists of which each begins where the one before ends. */

import type { Data } from "apache-arrow";
import { getBit } from "../bitmap.ts";
import type { Offsets } from "../checks/value_checks.ts";
import type { FieldLayout } from "../field_layout.ts";
import { take, type TakeBudget } from "../take.ts";

/** Numbers of a list view on the wire. */
interface ListViews {
  /** First value of each list. */
  readonly offsets: Offsets;
  /** Number of values of each list. */
  readonly sizes: Offsets;
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
 * Finds the first list that does not lie within `available` values. Those of null rows count too, as
 * the format has it.
 *
 * @returns Its row, or -1.
 */
export function firstBadList(
  { offsets, sizes }: ListViews,
  available: number,
): number {
  for (let row = 0; row < offsets.length; row++) {
    const [offset, size] = [Number(offsets[row]), Number(sizes[row])];
    if (offset < 0 || size < 0 || offset + size > available) return row;
  }
  return -1;
}

/** Adds up the sizes of the lists, but for those of null rows. */
export function valuesInLists({ sizes, validity }: ListViews): number {
  let sum = 0;
  for (let row = 0; row < sizes.length; row++) {
    if (isValid(validity, row)) sum += Number(sizes[row]);
  }
  return sum;
}

/**
 * Puts lists into the order of their rows. Nothing is copied if they are in order already.
 *
 * @param layout The layout of the plain lists.
 * @param views Lists that lie within the child.
 * @param budget Memory that their values may take.
 * @throws {FlightError} RESOURCE_EXHAUSTED when they take more.
 */
export function listsOf(
  layout: FieldLayout,
  views: ListViews,
  child: Data,
  budget: TakeBudget,
): Lists {
  const { offsets: given, sizes, validity } = views;
  const count = given.length;
  const isWide = layout.width === 8;
  const offsets = isWide
    ? new BigInt64Array(count + 1)
    : new Int32Array(count + 1);
  const set = (row: number, offset: number) => {
    offsets[row] = (isWide ? BigInt(offset) : offset) as never;
  };
  if (isInOrder(views)) {
    offsets.set(given as never);
    if (count > 0) {
      set(count, Number(given[count - 1]) + Number(sizes[count - 1]));
    }
    return { offsets, child };
  }
  const sum = valuesInLists(views);
  budget.reserve(layout.name, 4 * sum);
  const rows = new Int32Array(sum);
  let end = 0;
  for (let row = 0; row < count; row++) {
    const size = isValid(validity, row) ? Number(sizes[row]) : 0;
    const first = Number(given[row]);
    for (let i = 0; i < size; i++) rows[end + i] = first + i;
    end += size;
    set(row + 1, end);
  }
  return { offsets, child: take(layout.children[0]!, [child], rows, budget) };
}

function isValid(validity: Uint8Array, row: number): boolean {
  return validity.byteLength === 0 || getBit(validity, row);
}

/** Reports whether each list begins where the one before ends. */
function isInOrder({ offsets, sizes }: ListViews): boolean {
  for (let row = 1; row < offsets.length; row++) {
    const end = Number(offsets[row - 1]) + Number(sizes[row - 1]);
    if (Number(offsets[row]) !== end) return false;
  }
  return true;
}

/** Returns the sizes of lists by their offsets, of which there is one more. */
export function sizesOf(offsets: Offsets): Offsets {
  if (offsets instanceof BigInt64Array) {
    return BigInt64Array.from(
      { length: offsets.length - 1 },
      (_, row) => offsets[row + 1]! - offsets[row]!,
    );
  }
  return Int32Array.from(
    { length: offsets.length - 1 },
    (_, row) => offsets[row + 1]! - offsets[row]!,
  );
}
