/** Joins arrays to one: buffer by buffer if single rows do not matter. */

import type { Data, Vector } from "apache-arrow";
import { bitmapBytes, sliceBitmap } from "./bitmap.ts";
import { cannotEncode } from "./encodings/cannot_encode.ts";
import { guardTimes } from "./distant_times.ts";
import type { FieldLayout } from "./field_layout.ts";
import { padChildren } from "./pad_rows.ts";
import { newData } from "./arrow_objects.ts";
import { knownOffsets, rebased } from "./offsets.ts";
import { allRows, take } from "./take.ts";
import type { Offsets } from "./checks/value_checks.ts";

/** Largest offset: rows and bytes are counted in 31 bits. */
const MAX_OFFSET = 2 ** 31 - 1;

/** Longest value that is in the view itself; longer ones are in a buffer, in bytes. */
const INLINE_BYTES = 12;

/**
 * Joins several arrays to one.
 *
 * @param layout Their layout. The arrays may have different states of a dictionary, at any depth;
 * the result has the longest.
 * @param chunks The arrays; one at least.
 * @throws {FlightError} When texts or lists would take more than 2 GiB.
 */
export function concat(layout: FieldLayout, chunks: readonly Data[]): Data {
  if (chunks.length === 1) return chunks[0]!;
  const { type, kind, width, children } = layout;
  const length = lengthOf(chunks);
  switch (kind) {
    case "null":
      return newData(type, length, length, {});
    case "dense":
      // Each has its own rows in the children, and slices leave them whole.
      return take(layout, chunks, allRows(chunks));
    case "sparse":
      return newData(type, length, 0, {
        typeIds: valuesOf(Int8Array, chunks, 1, ({ typeIds }) => typeIds),
        children: childrenOf(layout, chunks),
      });
  }
  const validity = validityOf(chunks, length);
  switch (kind) {
    case "fixed": {
      const data = newData(type, length, -1, {
        validity,
        values: valuesOf(
          layout.values,
          chunks,
          width / layout.values.BYTES_PER_ELEMENT,
          ({ values }) => values,
        ),
        dictionary: longest(chunks),
      });
      return data.dictionary ? data : guardTimes(layout.name, data);
    }
    case "bool":
      return newData(type, length, -1, {
        validity,
        values: bitsOf(chunks, length, ({ values }) => values),
      });
    case "view":
      return newData(type, length, -1, { validity, ...viewsOf(chunks) });
    case "binary": {
      const { offsets, ranges, end } = offsetsOf(layout, chunks);
      const values = new Uint8Array(end);
      chunks.forEach(({ values: bytes }, i) => {
        const { begin, end, start } = ranges[i]!;
        values.set((bytes as Uint8Array).subarray(begin, end), start);
      });
      return newData(type, length, -1, { validity, offsets, values });
    }
    case "list": {
      const { offsets, ranges } = offsetsOf(layout, chunks);
      const parts = chunks.map(({ children: [child] }, i) => {
        const { begin, end } = ranges[i]!;
        return child!.slice(begin, end - begin);
      });
      return newData(type, length, -1, {
        validity,
        offsets,
        children: [concat(children[0]!, parts)],
      });
    }
    case "fixed list":
    case "struct":
      return newData(type, length, -1, {
        validity,
        children: childrenOf(layout, chunks),
      });
  }
}

function lengthOf(chunks: readonly Data[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}

function longest(chunks: readonly Data[]): Vector | undefined {
  return chunks.map(({ dictionary }) => dictionary).reduce((a, b) =>
    a === undefined || b !== undefined && b.length > a.length ? b : a
  );
}

/** Joins the children of structs, of sparse unions, or of lists of a fixed size. */
function childrenOf(layout: FieldLayout, chunks: readonly Data[]): Data[] {
  const perRow = layout.kind === "fixed list" ? layout.width : 1;
  const whole = chunks.map((chunk) => padChildren(layout, chunk));
  return layout.children.map((child, index) =>
    concat(
      child,
      whole.map(({ children, length }) =>
        children[index]!.slice(0, length * perRow)
      ),
    )
  );
}

/** Joins numbers, `perRow` for each row; missing ones are 0. */
function valuesOf(
  ArrayType: FieldLayout["values"],
  chunks: readonly Data[],
  perRow: number,
  arrayOf: (chunk: Data) => ArrayLike<never>,
): Int8Array {
  const out = new ArrayType(lengthOf(chunks) * perRow) as Int8Array;
  let at = 0;
  for (const chunk of chunks) {
    const values = arrayOf(chunk) as unknown as Int8Array;
    out.set(values.subarray(0, chunk.length * perRow), at);
    at += chunk.length * perRow;
  }
  return out;
}

/** Joins validity bitmaps; the result is empty if no row is null. */
function validityOf(chunks: readonly Data[], length: number): Uint8Array {
  const hasNulls = ({ nullBitmap }: Data) => nullBitmap?.byteLength > 0;
  if (!chunks.some(hasNulls)) return new Uint8Array(0);
  return bitsOf(
    chunks,
    length,
    (chunk) => hasNulls(chunk) ? chunk.nullBitmap : undefined,
  );
}

/** Joins bits of bitmaps; a chunk without a bitmap counts as all set. */
function bitsOf(
  chunks: readonly Data[],
  length: number,
  bitmapOf: (chunk: Data) => Uint8Array | undefined,
): Uint8Array {
  const bits = new Uint8Array(bitmapBytes(length));
  let at = 0;
  for (const chunk of chunks) {
    const { offset, length } = chunk;
    const bitmap = bitmapOf(chunk);
    const bytes = bitmap === undefined
      ? new Uint8Array(bitmapBytes(length)).fill(255)
      : sliceBitmap(bitmap, offset, length);
    addBits(bits, at, bytes, length);
    at += length;
  }
  return bits;
}

/** Sets `length` bits from `at` on; none of them may be set yet. */
function addBits(
  target: Uint8Array,
  at: number,
  bits: Uint8Array,
  length: number,
): void {
  const shift = at & 7;
  const size = Math.min(bitmapBytes(length), bits.byteLength);
  for (let i = 0, to = at >>> 3; i < size; i++, to++) {
    const left = length - 8 * i;
    const byte = left < 8 ? bits[i]! & ((1 << left) - 1) : bits[i]!;
    target[to]! |= byte << shift;
    if (shift > 0 && to + 1 < target.byteLength) {
      target[to + 1]! |= byte >>> (8 - shift);
    }
  }
}

/** Values of one chunk, and their position among all. */
interface Range {
  readonly begin: number;
  readonly end: number;
  readonly start: number;
}

function offsetsOf(
  layout: FieldLayout,
  chunks: readonly Data[],
): { offsets: Offsets; ranges: readonly Range[]; end: number } {
  const count = lengthOf(chunks) + 1;
  const offsets = layout.width === 8
    ? new BigInt64Array(count)
    : new Int32Array(count);
  const ranges: Range[] = [];
  let [start, at] = [0, 0];
  for (const { length, valueOffsets, values, children } of chunks) {
    const given = valueOffsets as Offsets | undefined;
    const known = given === undefined ? 0 : knownOffsets(given, length + 1);
    if (given === undefined || known === 0) {
      offsets.fill((layout.width === 8 ? BigInt(start) : start) as never, at);
      ranges.push({ begin: 0, end: 0, start });
    } else {
      const [begin, end] = [Number(given[0]), Number(given[known - 1])];
      const available: number = layout.kind === "list"
        ? children[0]?.length ?? 0
        : values?.byteLength ?? 0;
      if (begin < 0 || end < begin || end > available) {
        fail(layout, `has offsets from ${begin} to ${end} of ${available}`);
      }
      ranges.push({ begin, end, start });
      if (start + end - begin > MAX_OFFSET) {
        fail(layout, "takes more than 2 GiB");
      }
      offsets.set(rebased(given, known, length + 1, start) as never, at);
      start += end - begin;
    }
    at += length;
  }
  return { offsets, ranges, end: start };
}

function fail(layout: FieldLayout, problem: string): never {
  throw cannotEncode("DictionaryBatch", `field "${layout.name}" ${problem}`);
}

/** Joins the views, which refer to the buffers of all chunks. */
function viewsOf(
  chunks: readonly Data[],
): { values: Uint8Array; variadic: readonly Uint8Array[] } {
  const values = new Uint8Array(16 * lengthOf(chunks));
  const view = new DataView(values.buffer);
  const variadic: Uint8Array[] = [];
  let at = 0;
  for (const { length, values: views, variadicBuffers = [] } of chunks) {
    const size = 16 * length;
    values.set((views as Uint8Array).subarray(0, size), at);
    const shift = variadic.length;
    for (let i = at; shift > 0 && i < at + size; i += 16) {
      if (view.getInt32(i, true) <= INLINE_BYTES) continue;
      view.setInt32(i + 8, view.getInt32(i + 8, true) + shift, true);
    }
    for (const buffer of variadicBuffers) variadic.push(buffer);
    at += size;
  }
  return { values, variadic };
}
