/** Compares tables, value by value. */

import type { Table } from "apache-arrow";

/**
 * Compares two tables, independent of their batches.
 *
 * @returns The first difference, or `undefined` if all values are equal.
 */
export function differenceOf(a: Table, b: Table): string | undefined {
  if (String(a.schema) !== String(b.schema)) return "the schema";
  if (a.numRows !== b.numRows) return "the number of rows";
  for (const [index, { name }] of a.schema.fields.entries()) {
    const others = b.getChildAt(index)![Symbol.iterator]();
    let row = 0;
    for (const value of a.getChildAt(index)!) {
      if (!isSame(value, others.next().value)) return `${name} of row ${row}`;
      row++;
    }
  }
  return undefined;
}

/** Values that are not primitive are lists, structs and maps: all iterable. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isIterable(a) || !isIterable(b)) return false;
  const others = b[Symbol.iterator]();
  for (const value of a) {
    const other = others.next();
    if (other.done || !isSame(value, other.value)) return false;
  }
  return others.next().done === true;
}

function isIterable(value: unknown): value is Iterable<unknown> {
  // Not by `in`: a row of structs is a proxy that answers for its columns only.
  return typeof value === "object" &&
    typeof (value as Iterable<unknown> | null)?.[Symbol.iterator] ===
      "function";
}
