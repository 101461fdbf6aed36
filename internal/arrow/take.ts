/** Picks rows of arrays by number, for every layout. */

import type { Data, Vector } from "apache-arrow";
import { bitmapBytes, getBit } from "./bitmap.ts";
import { cannotEncode } from "./encodings/cannot_encode.ts";
import { emptyData } from "./empty_data.ts";
import type { FieldLayout } from "./field_layout.ts";
import { newData } from "./arrow_objects.ts";
import type { Offsets } from "./checks/value_checks.ts";
import { asOffsets, NumberReader } from "./offsets.ts";
import { TakeBudget } from "./take_budget.ts";
import { anyType } from "./types/same_type.ts";

/** Row number that stands for a null row. */
export const NULL_ROW = -1;

/** Largest offset of 32 bits. */
const MAX_OFFSET = 2 ** 31 - 1;

/**
 * Makes an array from rows of others.
 *
 * @param layout The layout of the result. If it is plain and the arrays are dictionary-encoded,
 * they are decoded. Its dictionaries are those of the first array.
 * @param chunks The arrays, as if they were one.
 * @param rows Numbers of rows, or {@linkcode NULL_ROW}.
 * @param budget Memory that it may take; no limit by default.
 * @throws {FlightError} RESOURCE_EXHAUSTED when it takes more.
 */
export function take(
  layout: FieldLayout,
  chunks: readonly Data[],
  rows: Int32Array,
  budget: TakeBudget = new TakeBudget(Infinity),
): Data {
  return chunks.length === 0
    ? take(layout, [emptyData(layout)], rows, budget)
    : new Taker(layout, chunks, rows, budget).take();
}

/** Returns the numbers of all rows of `chunks`. */
export function allRows(chunks: readonly Data[]): Int32Array {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return Int32Array.from({ length }, (_, row) => row);
}

/** Returns the position of each array among all rows. */
function startsOf(lengths: readonly number[]): number[] {
  let start = 0;
  return lengths.map((length) => (start += length) - length);
}

/** Picks rows of one array, and recursively of its children. */
class Taker {
  readonly #layout: FieldLayout;
  readonly #chunks: readonly Data[];
  readonly #length: number;
  /** Chunk of each row, and its number in that chunk. */
  readonly #chunkOf: Int32Array;
  readonly #rowOf: Int32Array;
  readonly #budget: TakeBudget;

  constructor(
    layout: FieldLayout,
    chunks: readonly Data[],
    rows: Int32Array,
    budget: TakeBudget,
  ) {
    this.#layout = layout;
    this.#budget = budget;
    this.#chunks = chunks;
    this.#length = rows.length;
    this.#chunkOf = new Int32Array(rows.length);
    this.#rowOf = chunks.length === 1 ? rows : rows.slice();
    if (chunks.length === 1) return;
    const starts = startsOf(chunks.map(({ length }) => length));
    for (let i = 0, chunk = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (row < 0) continue;
      // Consecutive rows are mostly in one chunk.
      while (row < starts[chunk]!) chunk--;
      while (row >= starts[chunk]! + chunks[chunk]!.length) chunk++;
      this.#chunkOf[i] = chunk;
      this.#rowOf[i] = row - starts[chunk]!;
    }
  }

  take(): Data {
    const { type, kind, dictionary, children } = this.#layout;
    const length = this.#length;
    if (dictionary === undefined && this.#chunks[0]!.dictionary) {
      return this.#decoded();
    }
    switch (kind) {
      case "null":
        return newData(type, length, length, {});
      case "sparse":
        return newData(type, length, 0, {
          typeIds: this.#typeIds(),
          children: children.map((_, i) => this.#child(i)),
        });
      case "dense":
        return this.#dense();
    }
    const { validity, nullCount } = this.#validity();
    switch (kind) {
      case "fixed":
        return newData(type, length, nullCount, {
          validity,
          values: this.#fixed(),
          dictionary: this.#chunks[0]!.dictionary,
        });
      case "bool":
        return newData(type, length, nullCount, {
          validity,
          values: this.#bits(({ values }) => values),
        });
      case "binary":
        return newData(type, length, nullCount, {
          validity,
          ...this.#binary(validity),
        });
      case "view":
        return newData(type, length, nullCount, {
          validity,
          ...this.#views(),
        });
      case "list":
        return newData(type, length, nullCount, {
          validity,
          ...this.#list(validity),
        });
      case "fixed list":
        return newData(type, length, nullCount, {
          validity,
          children: [this.#child(0, this.#layout.width)],
        });
      case "struct":
        return newData(type, length, nullCount, {
          validity,
          children: children.map((_, i) => this.#child(i)),
        });
    }
  }

  /** Decodes dictionary-encoded arrays. */
  #decoded(): Data {
    const vectors = [
      ...new Set(this.#chunks.map((chunk) => chunk.dictionary!)),
    ];
    const starts = startsOf(vectors.map(({ length }) => length));
    const bases = this.#chunks.map((chunk) =>
      starts[vectors.indexOf(chunk.dictionary as Vector)]!
    );
    const isValid = this.#isValid();
    const rows = new Int32Array(this.#length).fill(NULL_ROW);
    for (let i = 0; i < rows.length; i++) {
      if (!isValid(i)) continue;
      const chunk = this.#chunkOf[i]!;
      const { values, dictionary } = this.#chunks[chunk]!;
      const index = Number(values[this.#rowOf[i]!]);
      if (!(index >= 0 && index < dictionary!.length)) {
        this.#fail(`refers to value ${index} of ${dictionary!.length}`);
      }
      rows[i] = bases[chunk]! + index;
    }
    const chunks = vectors.flatMap(({ data }) => data);
    return take(this.#layout, chunks, rows, this.#budget);
  }

  #reserve(byteLength: number): void {
    this.#budget.reserve(this.#layout.name, byteLength);
  }

  #fail(problem: string): never {
    throw cannotEncode(
      "RecordBatch",
      `field "${this.#layout.name}" ${problem}`,
    );
  }

  /** Returns a function that reports whether a row is valid. */
  #isValid(): (i: number) => boolean {
    const bitmaps = this.#chunks.map(({ nullBitmap }) =>
      nullBitmap?.byteLength > 0 ? nullBitmap : undefined
    );
    return (i) => {
      const row = this.#rowOf[i]!;
      if (row < 0) return false;
      const chunk = this.#chunkOf[i]!;
      const bitmap = bitmaps[chunk];
      return bitmap === undefined ||
        getBit(bitmap, this.#chunks[chunk]!.offset + row);
    };
  }

  #validity(): { validity: Uint8Array; nullCount: number } {
    const isValid = this.#isValid();
    const validity = new Uint8Array(bitmapBytes(this.#length));
    let nullCount = 0;
    for (let i = 0; i < this.#length; i++) {
      if (isValid(i)) validity[i >>> 3]! |= 1 << (i & 7);
      else nullCount++;
    }
    return { validity, nullCount };
  }

  /** Picks the bits of the rows from bitmaps of the chunks; those of null rows are 0. */
  #bits(bitmapOf: (chunk: Data) => Uint8Array): Uint8Array {
    const bits = new Uint8Array(bitmapBytes(this.#length));
    for (let i = 0; i < this.#length; i++) {
      const row = this.#rowOf[i]!;
      if (row < 0) continue;
      const chunk = this.#chunks[this.#chunkOf[i]!]!;
      if (getBit(bitmapOf(chunk), chunk.offset + row)) {
        bits[i >>> 3]! |= 1 << (i & 7);
      }
    }
    return bits;
  }

  #fixed(): ArrayBufferView {
    const { values: ArrayType, width } = this.#layout;
    this.#reserve(this.#length * width);
    const per = width / ArrayType.BYTES_PER_ELEMENT;
    const arrays = this.#chunks.map(({ values }) => values);
    // Numbers or bigints, as in the chunks: both sides of the assignment have one type.
    const out = new ArrayType(this.#length * per) as Int32Array;
    for (let i = 0; i < this.#length; i++) {
      const row = this.#rowOf[i]!;
      if (row < 0) continue;
      const values = arrays[this.#chunkOf[i]!]!;
      for (let k = 0; k < per; k++) out[i * per + k] = values[row * per + k]!;
    }
    return out;
  }

  /**
   * Makes the offsets of the rows.
   *
   * @param perUnit Bytes that a byte or value of a row takes, which are reserved.
   */
  #offsets(
    validity: Uint8Array,
    perUnit: number,
  ): {
    offsets: Offsets;
    /** The offsets in 32 bits. */
    ends: Int32Array;
    begins: Float64Array;
    end: number;
  } {
    const { width } = this.#layout;
    this.#reserve(this.#length * width);
    const given = this.#chunks.map((chunk) =>
      new NumberReader(chunk.valueOffsets)
    );
    const ends = new Int32Array(this.#length + 1);
    const begins = new Float64Array(this.#length);
    let end = 0;
    for (let i = 0; i < this.#length; i++) {
      if (getBit(validity, i)) {
        const numbers = given[this.#chunkOf[i]!]!;
        const row = this.#rowOf[i]!;
        begins[i] = numbers.at(row);
        end += numbers.at(row + 1) - begins[i]!;
      }
      ends[i + 1] = end;
    }
    this.#reserve(perUnit * end);
    // Also if offsets are wide: rows of children are counted in 32 bits.
    if (end > MAX_OFFSET) this.#fail("takes more than 2 GiB");
    return { offsets: asOffsets(ends, width), ends, begins, end };
  }

  #binary(
    validity: Uint8Array,
  ): { offsets: ArrayBufferView; values: Uint8Array } {
    const { offsets, ends, begins, end } = this.#offsets(validity, 1);
    const values = new Uint8Array(end);
    for (let i = 0; i < this.#length; i++) {
      const start = ends[i]!;
      const size = ends[i + 1]! - start;
      if (size === 0) continue;
      const bytes = this.#chunks[this.#chunkOf[i]!]!.values as Uint8Array;
      const begin = begins[i]!;
      if (size > 32) values.set(bytes.subarray(begin, begin + size), start);
      else for (let k = 0; k < size; k++) values[start + k] = bytes[begin + k]!;
    }
    return { offsets, values };
  }

  #views(): { values: Uint8Array; variadic: readonly Uint8Array[] } {
    const buffers = this.#chunks.map(({ variadicBuffers = [] }) =>
      variadicBuffers
    );
    const starts = startsOf(buffers.map(({ length }) => length));
    this.#reserve(16 * this.#length);
    const values = new Uint8Array(16 * this.#length);
    const view = new DataView(values.buffer);
    const isValid = this.#isValid();
    for (let i = 0; i < this.#length; i++) {
      if (!isValid(i)) continue;
      const chunk = this.#chunkOf[i]!;
      const from = 16 * this.#rowOf[i]!;
      const at = 16 * i;
      values.set(this.#chunks[chunk]!.values.subarray(from, from + 16), at);
      if (view.getInt32(at, true) > 12) {
        const buffer = view.getInt32(at + 8, true) + starts[chunk]!;
        view.setInt32(at + 8, buffer, true);
      }
    }
    return { values, variadic: buffers.flat() };
  }

  #list(validity: Uint8Array): { offsets: ArrayBufferView; children: Data[] } {
    const { offsets, ends, begins, end } = this.#offsets(validity, 4);
    const children = this.#chunks.map((chunk) => chunk.children[0]!);
    const starts = startsOf(children.map(({ length }) => length));
    const rows = new Int32Array(end);
    for (let i = 0; i < this.#length; i++) {
      const start = ends[i]!;
      const shift = starts[this.#chunkOf[i]!]! + begins[i]! - start;
      const stop = ends[i + 1]!;
      for (let k = start; k < stop; k++) rows[k] = k + shift;
    }
    const child = take(this.#layout.children[0]!, children, rows, this.#budget);
    return { offsets, children: [child] };
  }

  /** Picks the rows of a child that has `width` rows for each. */
  #child(index: number, width = 1): Data {
    const children = this.#chunks.map((chunk) => chunk.children[index]!);
    const starts = startsOf(children.map(({ length }) => length));
    this.#reserve(4 * this.#length * width);
    const rows = new Int32Array(this.#length * width).fill(NULL_ROW);
    for (let i = 0; i < this.#length; i++) {
      const row = this.#rowOf[i]!;
      if (row < 0) continue;
      const first = starts[this.#chunkOf[i]!]! + row * width;
      for (let k = 0; k < width; k++) rows[i * width + k] = first + k;
    }
    return take(this.#layout.children[index]!, children, rows, this.#budget);
  }

  /**
   * Picks the type ids. A union has no nulls of its own, so a null row becomes one of the first
   * child.
   */
  #typeIds(): Int8Array {
    const typeIds = new Int8Array(this.#length);
    for (let i = 0; i < this.#length; i++) {
      const row = this.#rowOf[i]!;
      typeIds[i] = row < 0
        ? anyType(this.#layout.type).typeIds[0]!
        : this.#chunks[this.#chunkOf[i]!]!.typeIds[row]!;
    }
    return typeIds;
  }

  #dense(): Data {
    const { type, children } = this.#layout;
    const typeIds = this.#typeIds();
    const offsets = new Int32Array(this.#length);
    const childOf = new Map<number, number>();
    anyType(type).typeIds.forEach((id, index) => childOf.set(id, index));
    const starts = children.map((_, index) =>
      startsOf(this.#chunks.map((chunk) => chunk.children[index]!.length))
    );
    const rows: number[][] = children.map(() => []);
    for (let i = 0; i < this.#length; i++) {
      const child = childOf.get(typeIds[i]!);
      if (child === undefined) this.#fail(`has the type id ${typeIds[i]}`);
      const row = this.#rowOf[i]!;
      const chunk = this.#chunkOf[i]!;
      const picked = row < 0
        ? NULL_ROW
        : starts[child]![chunk]! + this.#chunks[chunk]!.valueOffsets[row]!;
      offsets[i] = rows[child]!.push(picked) - 1;
    }
    return newData(type, this.#length, 0, {
      typeIds,
      offsets,
      children: children.map((layout, index) =>
        take(
          layout,
          this.#chunks.map((chunk) => chunk.children[index]!),
          Int32Array.from(rows[index]!),
          this.#budget,
        )
      ),
    });
  }
}
