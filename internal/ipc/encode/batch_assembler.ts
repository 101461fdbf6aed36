/**
 * Data → the nodes, regions and body of a record batch.
 *
 * The VectorAssembler of apache-arrow would do most of this. But it dispatches by `instanceof`, so
 * batches of another copy come out empty, without an error. It also encodes slices of view and
 * dense union arrays wrongly, and copies sliced bitmaps bit by bit.
 */

import type { Data, DataType, Vector } from "apache-arrow";
import { EMPTY_BYTES } from "../../base/bytes.ts";
import { MAX_ROWS } from "../../arrow/arrow_format.ts";
import { bitmapBytes, sliceBitmap } from "../../arrow/bitmap.ts";
import { cannotEncode } from "../../arrow/encodings/cannot_encode.ts";
import {
  type BufferCompressor,
  compressBuffer,
} from "../compression/compressed_buffer.ts";
import { emptyData } from "../../arrow/empty_data.ts";
import { sizesOf } from "../../arrow/encodings/list_views.ts";
import { runsIn } from "../../arrow/encodings/run_ends.ts";
import type { FieldLayout, WireLayout } from "../../arrow/field_layout.ts";
import { plainType, plainValues } from "../../arrow/hydrate.ts";
import { padChildren, padRows } from "../../arrow/pad_rows.ts";
import { asOffsets, knownOffsets, rebased } from "../../arrow/offsets.ts";
import { anyType, sameType } from "../../arrow/types/same_type.ts";
import type { Offsets } from "../../arrow/checks/value_checks.ts";
import { trimViews } from "../../arrow/view_trimmer.ts";
import { typeText } from "../../arrow/types/type_text.ts";

/**
 * Position of the entries of a vector in the dictionary that is sent for it: by the id of the
 * dictionary, then by vector. The default is 0.
 */
export type DictionaryBases = ReadonlyMap<number, ReadonlyMap<Vector, number>>;

/** Most rows of an array whose ends of runs have 16 bits. */
const MAX_INT16 = 2 ** 15 - 1;

/** Padding of any length below 8; it is never written to. */
const PADDING: readonly Uint8Array[] = Array.from(
  { length: 8 },
  (_, length) => new Uint8Array(length),
);

/** Options of a {@linkcode BatchAssembler}. */
interface BatchAssemblerOptions {
  /** Name of the message, for error texts. */
  readonly what: string;
  /** Positions of dictionaries. */
  readonly bases?: DictionaryBases | undefined;
  /** Compressor of the buffers; none by default. */
  readonly compressor?: BufferCompressor | undefined;
  /** True to encode equal values as equal bytes: bits after the last row are 0. */
  readonly isCanonical?: boolean | undefined;
  /** True to send dictionary-encoded columns as plain values, as the layouts have them. */
  readonly hydrates?: boolean | undefined;
}

/** Gathers the columns of one record batch. */
export class BatchAssembler {
  /** Length and null count of every node. */
  readonly nodes: number[] = [];
  /** Offset and length of every buffer. */
  readonly regions: number[] = [];
  /** Number of data buffers of each view array. */
  readonly variadicCounts: number[] = [];
  /** The body in pieces. */
  readonly body: Uint8Array[] = [];
  /** The length of the body, in bytes. */
  bodyLength = 0;
  readonly #options: BatchAssemblerOptions;
  readonly #compressor: BufferCompressor | undefined;

  /**
   * Makes an assembler without columns.
   *
   * @param options The options.
   */
  constructor(options: BatchAssemblerOptions) {
    this.#options = options;
    this.#compressor = options.compressor;
  }

  /**
   * Appends a column: `length` rows from row `begin` on.
   *
   * @param layout The layout by the schema of the stream.
   * @param data The data, of any copy of apache-arrow. Missing rows become null.
   * @throws {FlightError} When it has another type.
   */
  add(
    layout: FieldLayout,
    data: Data | undefined,
    begin: number,
    length: number,
  ): void {
    let rows = data ?? emptyData(layout);
    if (begin > 0 || rows.length > length) {
      const first = Math.min(begin, rows.length);
      const whole = padChildren(layout, rows);
      rows = whole.slice(first, Math.min(length, rows.length - first));
    }
    this.#checkType(layout, rows.type);
    if (this.#options.hydrates) rows = plainValues(layout, rows);
    if (rows.length < length) {
      if (layout.kind === "sparse" || layout.kind === "dense") {
        this.#fail(layout, `has ${rows.length} of ${length} rows`);
      }
      rows = padRows(layout, rows, length);
    }
    this.#add(layout, rows);
  }

  #checkType(layout: FieldLayout, type: DataType): void {
    if (layout.type === type) return;
    const sent = this.#options.hydrates ? plainType(type) : type;
    if (!sameType(layout.type, sent)) {
      this.#fail(
        layout,
        `is of type ${typeText(type)}, not ${typeText(layout.type)}`,
      );
    }
  }

  #add(layout: FieldLayout, data: Data): void {
    if (data.length > MAX_ROWS) {
      this.#fail(layout, `has ${data.length} rows, more than ${MAX_ROWS}`);
    }
    const { length } = data;
    if (layout.wire?.kind === "run ends") {
      this.#runs(layout, layout.wire, data);
      return;
    }
    switch (layout.kind) {
      case "null":
        this.nodes.push(length, length);
        return;
      case "fixed":
        this.#validity(data);
        this.#fixed(layout, data);
        return;
      case "bool":
        this.#validity(data);
        this.#bits(bytesOf(data.values), data);
        return;
      case "binary":
        this.#validity(data);
        this.#binary(layout, data);
        return;
      case "view":
        this.#validity(data);
        this.#view(data);
        return;
      case "list":
        this.#validity(data);
        this.#list(layout, data);
        return;
      case "fixed list":
        this.#validity(data);
        this.#child(layout, data, 0, length * layout.width);
        return;
      case "struct":
        this.#validity(data);
        this.#children(layout, data);
        return;
      case "sparse":
        this.nodes.push(length, 0);
        this.#typeIds(layout, data);
        this.#children(layout, data);
        return;
      case "dense":
        this.nodes.push(length, 0);
        this.#typeIds(layout, data);
        this.#dense(layout, data);
        return;
    }
  }

  #fail(layout: FieldLayout, problem: string): never {
    throw cannotEncode(this.#options.what, `field "${layout.name}" ${problem}`);
  }

  /** Appends a buffer of `length` bytes: a chunk that is too short is filled up with zeros. */
  #push(chunk: Uint8Array, length: number): void {
    if (this.#compressor !== undefined && length > 0) {
      this.#pushCompressed(this.#compressor, chunk, length);
      return;
    }
    this.regions.push(this.bodyLength, length);
    if (length === 0) return;
    const size = chunk.byteLength;
    if (size < length) {
      // For example, if RecordBatch has lengthened a column to match the others.
      if (size > 0) this.body.push(chunk);
      this.body.push(new Uint8Array(length - size));
    } else {
      this.body.push(size === length ? chunk : chunk.subarray(0, length));
    }
    this.#pad(length);
  }

  #pushCompressed(
    compressor: BufferCompressor,
    chunk: Uint8Array,
    length: number,
  ): void {
    let bytes = chunk.subarray(0, length);
    if (bytes.byteLength < length) {
      bytes = new Uint8Array(length);
      bytes.set(chunk);
    }
    const [prefix, content] = compressBuffer(compressor, bytes);
    const size = prefix.byteLength + content.byteLength;
    this.regions.push(this.bodyLength, size);
    this.body.push(prefix, content);
    this.#pad(size);
  }

  /** Counts a buffer of `length` bytes, and its padding to a multiple of 8. */
  #pad(length: number): void {
    const padding = -length & 7;
    if (padding > 0) this.body.push(PADDING[padding]!);
    this.bodyLength += length + padding;
  }

  #validity(data: Data): void {
    const { length, nullBitmap } = data;
    // Without a bitmap nothing is null, even if the count says so.
    const nulls = nullBitmap !== undefined && nullBitmap !== null &&
        nullBitmap.byteLength > 0
      ? Math.min(data.nullCount, length)
      : 0;
    if (nulls <= 0) {
      this.nodes.push(length, 0);
      this.#push(EMPTY_BYTES, 0);
      return;
    }
    this.nodes.push(length, nulls);
    this.#bits(bytesOf(nullBitmap), data);
  }

  #bits(bitmap: Uint8Array, { offset, length }: Data): void {
    let bits = sliceBitmap(bitmap, offset, length);
    if (this.#options.isCanonical && length % 8 > 0) {
      bits = bits.slice();
      bits[length >>> 3]! &= (1 << length % 8) - 1;
    }
    this.#push(bits, bitmapBytes(length));
  }

  #fixed(layout: FieldLayout, data: Data): void {
    const length = data.length * layout.width;
    if (layout.dictionary !== undefined && data.dictionary !== undefined) {
      const base = this.#options.bases?.get(layout.dictionary.id)
        ?.get(data.dictionary) ?? 0;
      if (base > 0) {
        this.#push(bytesOf(this.#shifted(layout, data, base)), length);
        return;
      }
    }
    this.#push(bytesOf(data.values), length);
  }

  /**
   * Returns the indices of `data`, shifted to the position of its dictionary in the one that is
   * sent.
   */
  #shifted(layout: FieldLayout, data: Data, base: number): ArrayBufferView {
    const indices = anyType(anyType(layout.type).indices);
    const bits = indices.bitWidth - (indices.isSigned ? 1 : 0);
    const last = base + data.dictionary!.length - 1;
    if (last >= 2 ** bits) {
      this.#fail(
        layout,
        `shares its dictionary with others, and index ${last} does not fit into ${indices}`,
      );
    }
    const values = data.values.slice(0, data.length);
    if (typeof values[0] === "bigint") {
      for (let i = 0; i < values.length; i++) values[i] += BigInt(base);
    } else {
      for (let i = 0; i < values.length; i++) values[i] += base;
    }
    return values;
  }

  #view(data: Data): void {
    const given = data.variadicBuffers ?? [];
    // The views of a slice are cut already, but not their buffers.
    const { views, variadic } = given.length > 0
      ? trimViews(data)
      : { views: bytesOf(data.values), variadic: given };
    this.#push(views, data.length * 16);
    for (const bytes of variadic) this.#push(bytesOf(bytes), bytes.byteLength);
    this.variadicCounts.push(variadic.length);
  }

  #binary(layout: FieldLayout, data: Data): void {
    const [begin, end] = this.#offsets(layout, data, data.valueOffsets);
    const bytes = bytesOf(data.values);
    if (begin < 0 || end < begin || end > bytes.byteLength) {
      this.#fail(
        layout,
        `has offsets from ${begin} to ${end} into ${bytes.byteLength} bytes`,
      );
    }
    this.#push(bytes.subarray(begin, end), end - begin);
  }

  #runs(
    layout: FieldLayout,
    { runEnds, values: valuesLayout }: Extract<
      WireLayout,
      { readonly kind: "run ends" }
    >,
    data: Data,
  ): void {
    const { length } = data;
    // Only values of runs are null.
    this.nodes.push(length, 0);
    const { ends, values } = runsIn(layout, data);
    if (runEnds.width === 2 && length > MAX_INT16) {
      this.#fail(
        layout,
        `has ${length} rows, but ends of runs of 16 bits count up to ${MAX_INT16}`,
      );
    }
    this.nodes.push(ends.length, 0);
    this.#push(EMPTY_BYTES, 0);
    const sent = runEnds.width === 2
      ? Int16Array.from(ends)
      : runEnds.width === 8
      ? asOffsets(ends, 8)
      : ends;
    this.#push(bytesOf(sent), ends.length * runEnds.width);
    this.add(valuesLayout, values, 0, ends.length);
  }

  #list(layout: FieldLayout, data: Data): void {
    const [begin, end] = this.#offsets(layout, data, data.valueOffsets);
    const available = data.children[0]?.length ?? 0;
    if (begin < 0 || end < begin || end > available) {
      this.#fail(
        layout,
        `has offsets from ${begin} to ${end} into ${available} values`,
      );
    }
    this.#child(layout, data, begin, end - begin);
  }

  /**
   * Appends the offsets of `data`, so that the first is 0.
   *
   * @returns The original first and last offset.
   */
  #offsets(
    layout: FieldLayout,
    data: Data,
    offsets: Offsets | undefined,
  ): readonly [begin: number, end: number] {
    const { length } = data;
    const size = (length + 1) * layout.width;
    const known = offsets === undefined ? 0 : knownOffsets(offsets, length + 1);
    if (offsets === undefined || known === 0) {
      const zeros = layout.width === 8
        ? new BigInt64Array(length + 1)
        : new Int32Array(length + 1);
      this.#pushOffsets(layout, zeros, size);
      return [0, 0];
    }
    const begin = Number(offsets[0]);
    const end = Number(offsets[known - 1]);
    if (begin === 0 && known === length + 1) {
      this.#pushOffsets(layout, offsets, size);
    } else {
      this.#pushOffsets(layout, rebased(offsets, known, length + 1), size);
    }
    return [begin, end];
  }

  /** Appends offsets of `size` bytes: for a list view without the last, and with the sizes. */
  #pushOffsets(layout: FieldLayout, offsets: Offsets, size: number): void {
    if (layout.wire === undefined) {
      this.#push(bytesOf(offsets), size);
      return;
    }
    const { width } = layout;
    const sizes = sizesOf(offsets.subarray(0, size / width) as Offsets);
    this.#push(bytesOf(offsets), size - width);
    this.#push(bytesOf(sizes), size - width);
  }

  #children(layout: FieldLayout, data: Data): void {
    for (let i = 0; i < layout.children.length; i++) {
      this.#child(layout, data, 0, data.length, i);
    }
  }

  #child(
    layout: FieldLayout,
    data: Data,
    begin: number,
    length: number,
    index = 0,
  ): void {
    this.add(layout.children[index]!, data.children[index], begin, length);
  }

  #typeIds(layout: FieldLayout, data: Data): void {
    const bytes = bytesOf(data.typeIds);
    if (bytes.byteLength < data.length) {
      this.#fail(layout, `has ${bytes.byteLength} of ${data.length} type ids`);
    }
    this.#push(bytes, data.length);
  }

  /** Of each child only the rows of the slice are sent. */
  #dense(layout: FieldLayout, data: Data): void {
    const { length, children } = data;
    const typeIds = data.typeIds as Int8Array;
    const offsets = data.valueOffsets as Int32Array;
    const childOf = new Map<number, number>();
    anyType(layout.type).typeIds.forEach((id, index) => childOf.set(id, index));
    const first = children.map(() => Infinity);
    const last = children.map(() => -1);
    for (let row = 0; row < length; row++) {
      const child = childOf.get(typeIds[row]!);
      const offset = offsets[row];
      if (
        child === undefined || offset === undefined || offset < 0 ||
        offset >= children[child]!.length
      ) {
        this.#fail(
          layout,
          `has the type id ${
            typeIds[row]
          } and the offset ${offset} in row ${row}`,
        );
      }
      if (offset < first[child]!) first[child] = offset;
      if (offset > last[child]!) last[child] = offset;
    }
    let sent = offsets;
    if (first.some((offset) => offset > 0 && offset !== Infinity)) {
      sent = new Int32Array(length);
      for (let row = 0; row < length; row++) {
        sent[row] = offsets[row]! - first[childOf.get(typeIds[row]!)!]!;
      }
    }
    this.#push(bytesOf(sent), length * 4);
    for (let i = 0; i < layout.children.length; i++) {
      const begin = last[i]! < 0 ? 0 : first[i]!;
      this.#child(layout, data, begin, last[i]! + 1 - begin, i);
    }
  }
}

/** Returns the bytes of an array, without a copy. */
function bytesOf(array: ArrayBufferView | null | undefined): Uint8Array {
  if (array === null || array === undefined) return EMPTY_BYTES;
  // Each view takes time. The methods of subclasses may differ, as those of Buffer do.
  return Object.getPrototypeOf(array) === Uint8Array.prototype
    ? array as Uint8Array
    : new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
