/** Data without rows. */

import type { Data } from "apache-arrow";
import type { FieldLayout } from "./field_layout.ts";
import { newData, newVector } from "./arrow_objects.ts";

/**
 * Makes data of a layout without rows, and with empty dictionaries if it has
 * any.
 */
export function emptyData(layout: FieldLayout): Data {
  const { kind, values, width } = layout;
  const offsets = kind === "binary" || kind === "list"
    ? width === 8 ? new BigInt64Array(1) : new Int32Array(1)
    : kind === "dense"
    ? new Int32Array(0)
    : undefined;
  return newData(layout.type, 0, 0, {
    offsets,
    values: kind === "fixed"
      ? new values(0)
      : kind === "bool" || kind === "binary" || kind === "view"
      ? new Uint8Array(0)
      : undefined,
    typeIds: kind === "sparse" || kind === "dense"
      ? new Int8Array(0)
      : undefined,
    children: layout.children.map(emptyData),
    dictionary: layout.dictionary &&
      newVector([emptyData(layout.dictionary.value)]),
  });
}
