/** The nodes and buffers of a record batch, one after the other. */

import { EMPTY_BYTES } from "../../base/bytes.ts";
import { MAX_ROWS } from "../../arrow/arrow_format.ts";
import { bitmapBytes } from "../../arrow/bitmap.ts";
import type { Offsets } from "../../arrow/checks/value_checks.ts";
import type { CompressedBody } from "../compression/compressed_body.ts";
import { compressionPart } from "../compression/compression_part.ts";
import type { FlatbufferReader } from "./flatbuffer_reader.ts";
import { LoadBudget, type LoadLimits } from "./load_budget.ts";
import type { OpenMessage } from "./message_reader.ts";

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

/** Reads the nodes and buffers of one message in order, and checks each against header and body. */
export class BatchBuffers {
  /** Number of rows, as the header states it. */
  readonly rows: number;
  /** The body, if its buffers are compressed. */
  readonly compressed: CompressedBody | undefined;
  /** Limits of the message. */
  readonly budget: LoadBudget;
  /** Names of the fields that are being loaded, from the outside in. */
  readonly path: string[] = [];
  /** Number of rows of the current node. */
  length = 0;
  /** Number of nulls of the current node; -1 if it was not counted. */
  nullCount = 0;
  /** Size of the current buffer, in bytes. */
  size = 0;
  readonly #reader: FlatbufferReader;
  readonly #body: Uint8Array;
  readonly #nodes: number;
  readonly #buffers: number;
  readonly #variadicCounts: number;
  #node = 0;
  #buffer = 0;
  #variadicCount = 0;
  /** The memory with the body, and the position of the body in it: getters of arrays take time. */
  readonly #bodyMemory: ArrayBufferLike;
  readonly #bodyStart: number;
  /** The memory with the current buffer, and its position in it. */
  #memory: ArrayBufferLike;
  #start = 0;

  /**
   * Opens the record batch of a message.
   *
   * @param message The message; its reader has the name for error texts.
   * @param table The position of flatbuffer RecordBatch.
   * @param body The body.
   * @param limits Limits for its arrays.
   * @throws {FlightError} UNIMPLEMENTED for an unknown codec, RESOURCE_EXHAUSTED beyond a limit.
   */
  constructor(
    { reader, bodyLength }: OpenMessage,
    table: number,
    body: Uint8Array,
    limits: LoadLimits,
  ) {
    this.#reader = reader;
    if (bodyLength > body.byteLength) {
      reader.fail(
        `the body should have ${bodyLength} bytes, but ${body.byteLength} arrived`,
      );
    }
    this.rows = reader.int64In(table, 0);
    this.#checkLength(this.rows);
    this.#nodes = reader.vectorIn(table, 1, 16);
    this.#buffers = reader.vectorIn(table, 2, 16);
    this.#variadicCounts = reader.vectorIn(table, 4, 8);
    const compression = reader.tableIn(table, 3);
    if (compression !== 0) {
      const { CompressedBody } = compressionPart.needed();
      this.compressed = new CompressedBody(
        reader,
        compression,
        this.#buffers,
        body,
        limits,
      );
    }
    // Typed arrays must be aligned. Restored buffers are elsewhere in any case.
    this.#body = body.byteOffset % 8 === 0 || compression !== 0
      ? body
      : new Uint8Array(body);
    this.#memory = this.#bodyMemory = this.#body.buffer;
    this.#bodyStart = this.#body.byteOffset;
    this.budget = new LoadBudget(
      reader.what,
      limits,
      body.byteLength,
      this.compressed?.byteLength ?? 0,
    );
    this.budget.checkRows(this.rows);
  }

  /** Name of the message, for error texts. */
  get what(): string {
    return this.#reader.what;
  }

  /**
   * Makes sure that nothing is left.
   *
   * @throws {FlightError} When there are more nodes or buffers than the schema takes.
   */
  checkEnd(): void {
    this.#checkUsed("field nodes", this.#node, this.#nodes);
    this.#checkUsed("buffers", this.#buffer, this.#buffers);
    this.#checkUsed(
      "variadic buffer counts",
      this.#variadicCount,
      this.#variadicCounts,
    );
  }

  #checkUsed(what: string, used: number, vector: number): void {
    const listed = this.#reader.length(vector);
    if (used !== listed) {
      this.#reader.fail(
        `it lists ${listed} ${what}, but the schema takes ${used}`,
      );
    }
  }

  /** Throws for the current field. */
  fail(problem: string): never {
    this.#reader.fail(`field "${this.path.join(".")}": ${problem}`);
  }

  /** Throws for the message as a whole. */
  failWhole(problem: string): never {
    this.#reader.fail(problem);
  }

  #checkLength(length: number): void {
    if (length < 0 || length > MAX_ROWS) {
      this.#reader.fail(`the length ${length} is not within 0 and ${MAX_ROWS}`);
    }
  }

  /** Moves on to the next node. */
  nextNode(): void {
    const reader = this.#reader;
    const index = this.#node++;
    const count = reader.length(this.#nodes);
    if (index >= count) {
      this.fail(`there are only ${count} field nodes`);
    }
    const position = this.#nodes + 16 * index;
    this.length = reader.int64(position);
    this.#checkLength(this.length);
    this.budget.checkArray(this.path, this.length);
    this.nullCount = reader.int64(position + 8);
    // -1 stands for "not counted" in several implementations.
    if (this.nullCount < -1 || this.nullCount > this.length) {
      this.fail(`${this.nullCount} of ${this.length} rows are null`);
    }
  }

  /** Moves on to the next buffer; its size is `size`. */
  nextBuffer(): void {
    const reader = this.#reader;
    const index = this.#buffer++;
    const count = reader.length(this.#buffers);
    if (index >= count) this.fail(`there are only ${count} buffers`);
    const position = this.#buffers + 16 * index;
    const length = reader.int64(position + 8);
    this.#memory = this.#bodyMemory;
    this.#start = this.#bodyStart;
    this.size = length;
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
    if (this.compressed === undefined) this.#start += offset;
    else this.#restore(this.compressed, offset);
    this.budget.addBuffer(this.path, this.size);
  }

  #restore(compressed: CompressedBody, offset: number): void {
    const restored = compressed.restore(
      this.#buffer - 1,
      offset,
      this.size,
      (problem) => this.fail(problem),
    );
    this.#memory = restored.buffer;
    this.#start = restored.byteOffset;
    this.size = restored.byteLength;
  }

  /** Returns the current buffer. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#memory, this.#start, this.size);
  }

  /** Takes the next buffer as an array of `count` elements; it may be longer, for padding. */
  typed<A>(type: ArrayType<A>, count: number): A {
    this.nextBuffer();
    return this.#current(type, count);
  }

  #current<A>(type: ArrayType<A>, count: number): A {
    const width = type.BYTES_PER_ELEMENT;
    const needed = count * width;
    if (needed > this.size) {
      this.fail(
        `buffer ${
          this.#buffer - 1
        } has ${this.size} bytes, but ${this.length} rows take ${needed}`,
      );
    }
    const memory = this.#memory;
    const start = this.#start;
    if (start % width === 0) return new type(memory, start, count);
    if (!this.budget.addCopy(needed)) {
      this.fail(
        `buffer ${
          this.#buffer - 1
        } and others are not aligned to ${width} bytes`,
      );
    }
    const copy = new Uint8Array(memory, start, needed).slice();
    return new type(copy.buffer, 0, count);
  }

  /** Takes the validity bitmap; empty when nothing is null. */
  validity(): Uint8Array {
    const { length, nullCount } = this;
    this.nextBuffer();
    if (nullCount === 0 || length === 0) return EMPTY_BYTES;
    if (this.size === 0) {
      // Not counted, and no bitmap: there are none.
      if (nullCount < 0) return EMPTY_BYTES;
      this.fail(`${nullCount} rows are null, but there is no bitmap`);
    }
    return this.#current(Uint8Array, bitmapBytes(length));
  }

  /** Takes the offsets of `length` rows, of `width` bytes each. */
  offsets(width: number, length: number): Offsets {
    this.nextBuffer();
    const type: ArrayType<Offsets> = width === 8 ? BigInt64Array : Int32Array;
    // Without rows there may be no offset, as several implementations have it, or that of a slice, as
    // C++ does.
    if (length === 0) {
      return new type(new ArrayBuffer(width), 0, 1);
    }
    return this.#current(type, length + 1);
  }

  /** Takes the buffers of views. */
  variadic(): Uint8Array[] {
    const index = this.#variadicCount++;
    if (index >= this.#reader.length(this.#variadicCounts)) {
      this.fail("its variadic buffer count is missing");
    }
    const count = this.#reader.int64(this.#variadicCounts + 8 * index);
    const left = this.#reader.length(this.#buffers) - this.#buffer;
    if (count < 0 || count > left) {
      this.fail(`it should have ${count} variadic buffers, ${left} are left`);
    }
    const variadic: Uint8Array[] = [];
    for (let i = 0; i < count; i++) {
      this.nextBuffer();
      variadic.push(this.bytes());
    }
    return variadic;
  }
}
