/** Adds rows to data. */

import type { Data, DataType } from "apache-arrow";
import { bitmapBytes, sliceBitmap } from "./bitmap.ts";
import { emptyData } from "./empty_data.ts";
import type { FieldLayout } from "./field_layout.ts";
import { newData } from "./arrow_objects.ts";

/**
 * Appends nulls. RecordBatch does so to columns that are shorter than others, but not to their
 * children, and only if the bitmap happens to be small enough.
 *
 * @param data Data of fewer than `length` rows, and not of a union: that has no nulls of its own.
 * @returns The same buffers with another bitmap; they may be too short for the new rows.
 */
export function padRows(
  layout: FieldLayout,
  data: Data<DataType>,
  length: number,
): Data {
  if (layout.kind === "null") return newData(data.type, length, length, {});
  const rows = data.length;
  const validity = new Uint8Array(bitmapBytes(length));
  const known = bitmapBytes(rows);
  if (data.nullCount > 0 && data.nullBitmap?.byteLength > 0) {
    validity.set(sliceBitmap(data.nullBitmap, data.offset, rows));
  } else {
    validity.fill(255, 0, known);
  }
  if (rows % 8 > 0) validity[known - 1]! &= (1 << (rows % 8)) - 1;
  return newData(data.type, length, -1, {
    validity,
    offsets: data.valueOffsets,
    values: layout.kind === "bool"
      ? sliceBitmap(data.values, data.offset, rows)
      : data.values,
    children: data.children,
    dictionary: data.dictionary,
    variadic: data.variadicBuffers,
  });
}

/**
 * Gives structs and lists of a fixed size as many rows in their children as they claim, so that
 * slices of them are right: RecordBatch lengthens a struct, but not its children.
 */
export function padChildren(layout: FieldLayout, data: Data): Data {
  if (layout.kind !== "struct" && layout.kind !== "fixed list") return data;
  const length = data.length * (layout.kind === "struct" ? 1 : layout.width);
  const children = layout.children.map((child, index) => {
    const rows = padChildren(child, data.children[index] ?? emptyData(child));
    const isUnion = child.kind === "sparse" || child.kind === "dense";
    return rows.length < length && !isUnion
      ? padRows(child, rows, length)
      : rows;
  });
  return children.every((child, index) => child === data.children[index])
    ? data
    : data.clone(
      data.type,
      data.offset,
      data.length,
      -1,
      data.buffers,
      children,
    );
}
