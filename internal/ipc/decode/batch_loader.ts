/**
 * Flatbuffer RecordBatch and body → Data. Everything that the header claims is checked against the
 * schema and the body before memory is touched, and nothing is allocated for a claim alone.
 */

import type { Data, Vector } from "apache-arrow";
import { EMPTY_BYTES } from "../../base/bytes.ts";
import { MAX_ROWS, METADATA_VERSION } from "../../arrow/arrow_format.ts";
import { bitmapBytes } from "../../arrow/bitmap.ts";
import { bodyCodec } from "../compression/body_compression.ts";
import { cannotDecodeYet } from "../../arrow/codec_error.ts";
import { CompressedBody } from "../compression/compressed_body.ts";
import { guardTimes } from "../../arrow/distant_times.ts";
import { emptyData } from "../../arrow/empty_data.ts";
import type {
  DictionaryLayout,
  FieldLayout,
} from "../../arrow/field_layout.ts";
import type { FlatbufferReader } from "./flatbuffer_reader.ts";
import { LoadBudget, type LoadLimits } from "./load_budget.ts";
import type { OpenMessage } from "./message_reader.ts";
import { newData, newVector } from "../../arrow/arrow_objects.ts";
import { anyType } from "../../arrow/same_type.ts";
import {
  badOffsets,
  checkViews,
  firstBadIndex,
  firstBadUnionRow,
  type Indices,
  type Offsets,
} from "../../arrow/value_checks.ts";

// table RecordBatch {
//   0 length: int64; 1 nodes: [FieldNode]; 2 buffers: [Buffer]; 3 compression: BodyCompression;
//   4 variadicBufferCounts: [int64];
// }
// struct FieldNode { length: int64; null_count: int64; }
// struct Buffer { offset: int64; length: int64; }
// table BodyCompression { 0 codec: int8; 1 method: int8; }

/** The constructor of a typed array. */
interface ArrayType<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

/** Returns the dictionary of a column; `undefined` if it has not arrived. */
export type FindDictionary = (
  dictionary: DictionaryLayout,
  indexWidth: number,
) => Vector | undefined;

/** Loads the columns of one message. */
export class BatchLoader {
  /** Number of rows, as the header states it. */
  readonly rows: number;
  readonly #reader: FlatbufferReader;
  readonly #version: number;
  readonly #findDictionary: FindDictionary;
  readonly #body: Uint8Array;
  readonly #nodes: number;
  readonly #buffers: number;
  readonly #variadicCounts: number;
  readonly #compressed: CompressedBody | undefined;
  readonly #codecName: string = "";
  /** Names of the fields that are being loaded, from the outside in. */
  readonly #path: string[] = [];
  #node = 0;
  #buffer = 0;
  #variadicCount = 0;
  /** The current node. */
  #length = 0;
  #nullCount = 0;
  /** Current buffer, as a part of the body or of the restored bytes. */
  #source: Uint8Array = EMPTY_BYTES;
  #start = 0;
  #size = 0;
  readonly #budget: LoadBudget;

  /**
   * Opens the record batch of a message.
   *
   * @param message The message; its reader has the name for error texts.
   * @param table The position of flatbuffer RecordBatch.
   * @param body The body.
   * @param findDictionary Returns the dictionaries of columns.
   * @param limits Limits for its arrays.
   * @throws {FlightError} UNIMPLEMENTED for an unknown codec, RESOURCE_EXHAUSTED beyond a limit.
   */
  constructor(
    message: OpenMessage,
    table: number,
    body: Uint8Array,
    findDictionary: FindDictionary,
    limits: LoadLimits,
  ) {
    const { reader } = message;
    this.#reader = reader;
    this.#version = message.version;
    this.#findDictionary = findDictionary;
    if (message.bodyLength > body.byteLength) {
      reader.fail(
        `the body should have ${message.bodyLength} bytes, but ${body.byteLength} arrived`,
      );
    }
    this.rows = reader.int64In(table, 0);
    this.#checkLength(this.rows);
    this.#nodes = reader.vectorIn(table, 1, 16);
    this.#buffers = reader.vectorIn(table, 2, 16);
    this.#variadicCounts = reader.vectorIn(table, 4, 8);
    const compression = reader.tableIn(table, 3);
    if (compression !== 0) {
      const codec = bodyCodec(
        reader.uint8In(compression, 0),
        reader.uint8In(compression, 1),
        reader.what,
      );
      this.#codecName = codec.name;
      this.#compressed = new CompressedBody(
        reader,
        this.#buffers,
        body,
        codec,
        limits,
      );
    }
    // Typed arrays must be aligned. Restored buffers are elsewhere in any case.
    this.#body = body.byteOffset % 8 === 0 || compression !== 0
      ? body
      : new Uint8Array(body);
    this.#budget = new LoadBudget(
      reader.what,
      limits,
      body.byteLength,
      this.decompressedBytes,
    );
    this.#budget.checkRows(this.rows);
  }

  /** Number of bytes restored from compressed buffers. */
  get decompressedBytes(): number {
    return this.#compressed?.byteLength ?? 0;
  }

  /**
   * Loads the columns, which must use all nodes and buffers of the header.
   *
   * @throws {FlightError} When header, body and layouts do not fit together.
   */
  load(fields: readonly FieldLayout[]): Data[] {
    const reader = this.#reader;
    const columns: Data[] = [];
    for (const field of fields) {
      const column = this.#load(field);
      if (column.length !== this.rows) {
        reader.fail(
          `field "${field.name}" has ${column.length} rows, the batch ${this.rows}`,
        );
      }
      columns.push(column);
    }
    this.#checkUsed("field nodes", this.#node, this.#nodes);
    this.#checkUsed("buffers", this.#buffer, this.#buffers);
    this.#checkUsed(
      "variadic buffer counts",
      this.#variadicCount,
      this.#variadicCounts,
    );
    return columns;
  }

  #checkUsed(what: string, used: number, vector: number): void {
    const listed = this.#reader.length(vector);
    if (used !== listed) {
      this.#reader.fail(
        `it lists ${listed} ${what}, but the schema takes ${used}`,
      );
    }
  }

  #fail(problem: string): never {
    this.#reader.fail(`field "${this.#path.join(".")}": ${problem}`);
  }

  #checkLength(length: number): void {
    if (length < 0 || length > MAX_ROWS) {
      this.#reader.fail(`the length ${length} is not within 0 and ${MAX_ROWS}`);
    }
  }

  #load(layout: FieldLayout): Data {
    this.#path.push(layout.name);
    this.#nextNode();
    const data = this.#loadKind(layout);
    this.#path.pop();
    return data;
  }

  #loadKind(layout: FieldLayout): Data {
    const { type, kind } = layout;
    const length = this.#length;
    if (kind === "null") return newData(type, length, length, {});
    if (kind === "sparse" || kind === "dense") return this.#union(layout);
    const nullCount = this.#nullCount;
    const validity = this.#validity();
    switch (kind) {
      case "fixed":
        return this.#fixed(layout, length, nullCount, validity);
      case "bool": {
        const values = this.#typed(Uint8Array, bitmapBytes(length));
        return newData(type, length, nullCount, { validity, values });
      }
      case "binary": {
        const offsets = this.#offsets(layout, length);
        this.#nextBuffer();
        this.#checkOffsets(offsets, length, this.#size, "bytes");
        const values = this.#bytes();
        return newData(type, length, nullCount, { validity, offsets, values });
      }
      case "view":
        return this.#view(layout, length, nullCount, validity);
      case "list": {
        const offsets = this.#offsets(layout, length);
        const child = this.#load(layout.children[0]!);
        this.#checkOffsets(offsets, length, child.length, "values");
        const children = [child];
        return newData(type, length, nullCount, {
          validity,
          offsets,
          children,
        });
      }
      case "fixed list": {
        const children = this.#children(layout, length * layout.width);
        return newData(type, length, nullCount, { validity, children });
      }
      case "struct": {
        const children = this.#children(layout, length);
        return newData(type, length, nullCount, { validity, children });
      }
    }
  }

  #fixed(
    layout: FieldLayout,
    length: number,
    nullCount: number,
    validity: Uint8Array,
  ): Data {
    const { type, width, dictionary } = layout;
    const perRow = width / layout.values.BYTES_PER_ELEMENT;
    const values = this.#typed<ArrayBufferView>(layout.values, length * perRow);
    if (dictionary === undefined) {
      const data = newData(type, length, nullCount, { validity, values });
      return guardTimes(layout.name, data);
    }
    const vector = this.#findDictionary(dictionary, width);
    const data = newData(type, length, nullCount, {
      validity,
      values,
      dictionary: vector ?? newVector([emptyData(dictionary.value)]),
    });
    if (vector === undefined && data.nullCount < length) {
      this.#fail(
        `${this.#reader.what} arrived before dictionary ${dictionary.id}`,
      );
    }
    const available = vector?.length ?? 0;
    const row = firstBadIndex(values as Indices, length, validity, available);
    if (row >= 0) {
      this.#fail(
        `row ${row} refers to value ${
          (values as Indices)[row]
        } of dictionary ${dictionary.id}, which has ${available}`,
      );
    }
    return data;
  }

  #view(
    layout: FieldLayout,
    length: number,
    nullCount: number,
    validity: Uint8Array,
  ): Data {
    const values = this.#typed(Uint8Array, 16 * length);
    const index = this.#variadicCount++;
    if (index >= this.#reader.length(this.#variadicCounts)) {
      this.#fail("its variadic buffer count is missing");
    }
    const count = this.#reader.int64(this.#variadicCounts + 8 * index);
    const left = this.#reader.length(this.#buffers) - this.#buffer;
    if (count < 0 || count > left) {
      this.#fail(`it should have ${count} variadic buffers, ${left} are left`);
    }
    const variadic: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      this.#nextBuffer();
      variadic.push(this.#bytes());
    }
    const { badRow, bytes } = checkViews(values, length, validity, variadic);
    if (badRow >= 0) {
      this.#fail(`row ${badRow} refers to bytes that are not there`);
    }
    this.#budget.addViewed(this.#path, bytes);
    return newData(layout.type, length, nullCount, {
      validity,
      values,
      variadic,
    });
  }

  #union(layout: FieldLayout): Data {
    const length = this.#length;
    if (this.#version < METADATA_VERSION.v5) {
      // Until V5 unions had a validity bitmap of their own.
      if (this.#nullCount > 0) {
        throw cannotDecodeYet(
          this.#reader.what,
          `field "${
            this.#path.join(".")
          }": nulls of a union itself (metadata version V4) are not supported`,
        );
      }
      this.#validity();
    }
    const dense = layout.kind === "dense";
    const typeIds = this.#typed<Int8Array>(Int8Array, length);
    const offsets = dense
      ? this.#typed<Int32Array>(Int32Array, length)
      : undefined;
    const children = this.#children(layout, dense ? 0 : length, dense);
    const row = firstBadUnionRow(
      typeIds,
      offsets,
      length,
      anyType(layout.type).typeIds,
      children.map((child) => child.length),
    );
    if (row >= 0) {
      this.#fail(
        `row ${row} refers to a value that is not there (type id ${
          typeIds[row]
        }${offsets === undefined ? "" : `, offset ${offsets[row]}`})`,
      );
    }
    // Its nulls are those of its children.
    return newData(layout.type, length, 0, { typeIds, offsets, children });
  }

  /** Loads the children, of `length` rows each unless `any` length is fine. */
  #children(layout: FieldLayout, length: number, any = false): Data[] {
    const children: Data[] = [];
    for (const childLayout of layout.children) {
      let child = this.#load(childLayout);
      if (!any && child.length !== length) {
        if (child.length < length) {
          this.#fail(
            `its child "${childLayout.name}" has ${child.length} rows instead of ${length}`,
          );
        }
        child = child.slice(0, length);
      }
      children.push(child);
    }
    return children;
  }

  #nextNode(): void {
    const reader = this.#reader;
    const index = this.#node++;
    const count = reader.length(this.#nodes);
    if (index >= count) {
      this.#fail(`there are only ${count} field nodes`);
    }
    const position = this.#nodes + 16 * index;
    this.#length = reader.int64(position);
    this.#checkLength(this.#length);
    this.#budget.checkArray(this.#path, this.#length);
    this.#nullCount = reader.int64(position + 8);
    // -1 stands for "not counted" in several implementations.
    if (this.#nullCount < -1 || this.#nullCount > this.#length) {
      this.#fail(`${this.#nullCount} of ${this.#length} rows are null`);
    }
  }

  /** Moves on to the next buffer; its range is inside `#source`. */
  #nextBuffer(): void {
    const reader = this.#reader;
    const index = this.#buffer++;
    const count = reader.length(this.#buffers);
    if (index >= count) this.#fail(`there are only ${count} buffers`);
    const position = this.#buffers + 16 * index;
    const length = reader.int64(position + 8);
    this.#source = this.#body;
    this.#start = 0;
    this.#size = length;
    // The offset of an empty buffer means nothing.
    if (length === 0) return;
    const offset = reader.int64(position);
    if (
      offset < 0 || length < 0 || offset + length > this.#body.byteLength
    ) {
      reader.fail(
        `buffer ${index} (offset ${offset}, length ${length}) lies outside the body of ${this.#body.byteLength} bytes`,
      );
    }
    this.#start = offset;
    if (this.#compressed !== undefined) this.#restore(this.#compressed);
    this.#budget.addBuffer(this.#path, this.#size);
  }

  #restore(compressed: CompressedBody): void {
    try {
      this.#source = compressed.restore(this.#start, this.#size);
    } catch (error) {
      this.#fail(
        `buffer ${
          this.#buffer - 1
        }, compressed with ${this.#codecName}, is malformed: ${
          (error as Error).message
        }`,
      );
    }
    this.#start = 0;
    this.#size = this.#source.byteLength;
  }

  /** Returns the current buffer. */
  #bytes(): Uint8Array {
    const { buffer, byteOffset } = this.#source;
    return new Uint8Array(buffer, byteOffset + this.#start, this.#size);
  }

  /** Takes the next buffer as an array of `count` elements; it may be longer, for padding. */
  #typed<A>(type: ArrayType<A>, count: number): A {
    this.#nextBuffer();
    return this.#current(type, count);
  }

  #current<A>(type: ArrayType<A>, count: number): A {
    const width = type.BYTES_PER_ELEMENT;
    const needed = count * width;
    if (needed > this.#size) {
      this.#fail(
        `buffer ${
          this.#buffer - 1
        } has ${this.#size} bytes, but ${this.#length} rows take ${needed}`,
      );
    }
    const { buffer, byteOffset } = this.#source;
    const start = byteOffset + this.#start;
    if (start % width === 0) return new type(buffer, start, count);
    if (!this.#budget.addCopy(needed)) {
      this.#fail(
        `buffer ${
          this.#buffer - 1
        } and others are not aligned to ${width} bytes`,
      );
    }
    const copy = new Uint8Array(buffer, start, needed).slice();
    return new type(copy.buffer, 0, count);
  }

  /** Takes the validity bitmap; empty when nothing is null. */
  #validity(): Uint8Array {
    const [length, nullCount] = [this.#length, this.#nullCount];
    this.#nextBuffer();
    if (nullCount === 0 || length === 0) return EMPTY_BYTES;
    if (this.#size === 0) {
      // Not counted, and no bitmap: there are none.
      if (nullCount < 0) return EMPTY_BYTES;
      this.#fail(`${nullCount} rows are null, but there is no bitmap`);
    }
    return this.#current(Uint8Array, bitmapBytes(length));
  }

  #offsets(layout: FieldLayout, length: number): Offsets {
    this.#nextBuffer();
    const type: ArrayType<Offsets> = layout.width === 8
      ? BigInt64Array
      : Int32Array;
    // Without rows there may be no offset either: several implementations leave it out.
    if (length === 0 && this.#size === 0) {
      return new type(new ArrayBuffer(layout.width), 0, 1);
    }
    return this.#current(type, length + 1);
  }

  /** Checks offsets into `available` bytes or values. */
  #checkOffsets(
    offsets: Offsets,
    length: number,
    available: number,
    what: string,
  ): void {
    const problem = badOffsets(offsets, length, available, what);
    if (problem !== undefined) this.#fail(problem);
  }
}
