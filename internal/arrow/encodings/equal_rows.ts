/** Compares rows of an array. */

import type { Data } from "apache-arrow";
import { getBit } from "../bitmap.ts";
import type { Offsets } from "../checks/value_checks.ts";
import type { FieldLayout } from "../field_layout.ts";
import { NumberReader } from "../offsets.ts";
import { anyType } from "../types/same_type.ts";

/** Reports whether two rows are equal: both null, or of the same bytes. */
type EqualRows = (a: number, b: number) => boolean;

/**
 * Makes the comparison of the rows of `data`.
 *
 * Numbers count as equal if their bits are, so that −0 stays apart from 0; rows that are
 * dictionary-encoded, if their indices are.
 *
 * @param layout The plain layout of the data.
 */
export function equalRows(layout: FieldLayout, data: Data): EqualRows {
  const equal = equalValues(layout, data);
  const { nullBitmap, offset } = data;
  if (
    layout.kind === "sparse" || layout.kind === "dense" ||
    !nullBitmap?.byteLength
  ) return equal;
  return (a, b) => {
    const isValid = getBit(nullBitmap, offset + a);
    return isValid === getBit(nullBitmap, offset + b) &&
      (!isValid || equal(a, b));
  };
}

function equalValues(layout: FieldLayout, data: Data): EqualRows {
  const { kind, width, children } = layout;
  switch (kind) {
    case "null":
      return () => true;
    case "fixed": {
      const bytes = bytesOf(data.values);
      return (a, b) => equalRange(bytes, a * width, bytes, b * width, width);
    }
    case "bool": {
      const { values, offset } = data;
      return (a, b) =>
        getBit(values, offset + a) === getBit(values, offset + b);
    }
    case "binary": {
      const bytes = bytesOf(data.values);
      return equalRanges(
        data.valueOffsets,
        (a, b, size) => equalRange(bytes, a, bytes, b, size),
      );
    }
    case "view":
      return equalViews(data);
    case "list": {
      const equal = equalRows(children[0]!, data.children[0]!);
      return equalRanges(
        data.valueOffsets,
        (a, b, size) => equalItems(equal, a, b, size),
      );
    }
    case "fixed list": {
      const equal = equalRows(children[0]!, data.children[0]!);
      return (a, b) => equalItems(equal, a * width, b * width, width);
    }
    case "struct": {
      const fields = children.map((child, i) =>
        equalRows(child, data.children[i]!)
      );
      return (a, b) => fields.every((equal) => equal(a, b));
    }
    case "sparse":
    case "dense":
      return equalUnions(layout, data);
  }
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function equalRange(
  x: Uint8Array,
  a: number,
  y: Uint8Array,
  b: number,
  size: number,
): boolean {
  for (let i = 0; i < size; i++) if (x[a + i] !== y[b + i]) return false;
  return true;
}

function equalItems(
  equal: EqualRows,
  a: number,
  b: number,
  size: number,
): boolean {
  for (let i = 0; i < size; i++) if (!equal(a + i, b + i)) return false;
  return true;
}

/** Compares parts of other memory, of which each row has one. */
function equalRanges(
  offsets: Offsets,
  equal: (a: number, b: number, size: number) => boolean,
): EqualRows {
  const ends = new NumberReader(offsets);
  return (a, b) => {
    const [first, second] = [ends.at(a), ends.at(b)];
    const size = ends.at(a + 1) - first;
    return size === ends.at(b + 1) - second && equal(first, second, size);
  };
}

function equalViews({ values, variadicBuffers }: Data): EqualRows {
  const bytes = bytesOf(values);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const buffers = (variadicBuffers ?? []) as readonly Uint8Array[];
  return (a, b) => {
    const [x, y] = [16 * a, 16 * b];
    const size = view.getInt32(x, true);
    if (size !== view.getInt32(y, true)) return false;
    // Those in a buffer begin with their first four bytes.
    if (size <= 12) return equalRange(bytes, x + 4, bytes, y + 4, size);
    return equalRange(
      buffers[view.getInt32(x + 8, true)]!,
      view.getInt32(x + 12, true),
      buffers[view.getInt32(y + 8, true)]!,
      view.getInt32(y + 12, true),
      size,
    );
  };
}

function equalUnions(
  { type, kind, children }: FieldLayout,
  data: Data,
): EqualRows {
  const { typeIds, valueOffsets } = data;
  const fields = new Map<number, EqualRows>();
  anyType(type).typeIds.forEach((id, i) => {
    fields.set(id, equalRows(children[i]!, data.children[i]!));
  });
  const isDense = kind === "dense";
  return (a, b) =>
    typeIds[a] === typeIds[b] &&
    fields.get(typeIds[a])?.(
        isDense ? valueOffsets[a]! : a,
        isDense ? valueOffsets[b]! : b,
      ) === true;
}
