/** Compares arrays: in memory, or by their encoding. */

import type { Data } from "apache-arrow";
import { concatBytes, equalBytes } from "../../base/bytes.ts";
import { BatchAssembler } from "./batch_assembler.ts";
import type { FieldLayout } from "../../arrow/field_layout.ts";

/** Reports whether two arrays are the same, or views of the same memory. */
export function sameEncoding(a: Data, b: Data): boolean {
  return a === b ||
    a.length === b.length && a.offset === b.offset && a.length > 0 &&
      sameView(a.values, b.values) &&
      sameView(a.valueOffsets, b.valueOffsets) &&
      sameView(a.nullBitmap, b.nullBitmap) &&
      sameView(a.typeIds, b.typeIds) &&
      a.dictionary === b.dictionary &&
      a.children.length === b.children.length &&
      a.children.every((child, index) =>
        sameEncoding(child, b.children[index]!)
      ) &&
      sameViews(a.variadicBuffers ?? [], b.variadicBuffers ?? []);
}

function sameViews(
  a: readonly ArrayBufferView[],
  b: readonly ArrayBufferView[],
): boolean {
  return a.length === b.length &&
    a.every((view, index) => sameView(view, b[index]));
}

function sameView(
  a: ArrayBufferView | undefined,
  b: ArrayBufferView | undefined,
): boolean {
  return a === b ||
    a !== undefined && b !== undefined && a.buffer === b.buffer &&
      a.byteOffset === b.byteOffset && a.byteLength === b.byteLength;
}

/**
 * Reports whether the first `length` rows of two arrays have the same encoding. Arrays that differ
 * only in the bytes of null rows do not count as equal, which costs no more than sending them
 * again.
 */
export function sameRows(
  layout: FieldLayout,
  a: Data,
  b: Data,
  length: number,
): boolean {
  const [x, y] = [assembled(layout, a, length), assembled(layout, b, length)];
  return sameNumbers(x.nodes, y.nodes) && sameNumbers(x.regions, y.regions) &&
    sameNumbers(x.variadicCounts, y.variadicCounts) &&
    equalBytes(
      concatBytes(x.body, x.bodyLength),
      concatBytes(y.body, y.bodyLength),
    );
}

function assembled(
  layout: FieldLayout,
  data: Data,
  length: number,
): BatchAssembler {
  const assembler = new BatchAssembler({
    what: "DictionaryBatch",
    isCanonical: true,
  });
  assembler.add(layout, data, 0, length);
  return assembler;
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i]);
}
