/** Builders of columns that are not nested. */

import type { Data, DataType, Vector } from "apache-arrow";
import { newData } from "../../arrow/arrow_objects.ts";
import { writeUtf8 } from "../../base/bytes.ts";
import { FlightError } from "../../core/flight_error.ts";
import type { DuckItems, DuckVector } from "./native.ts";
import {
  GrowingBytes,
  GrowingOffsets,
  validTest,
  VectorBuilder,
} from "./vector_builder.ts";

/** Bytes that DuckDB keeps in a text itself; longer ones are elsewhere. */
const INLINE_BYTES = 12;

/** Most bytes of a column of a batch: its offsets are int32. */
const MAX_COLUMN_BYTES = 2 ** 31 - 1;

/** Items that Arrow lays out as the engine does. */
export class ItemsBuilder extends VectorBuilder {
  readonly #values = new GrowingBytes();
  readonly #width: number;
  readonly #make: (bytes: Uint8Array) => DuckItems;
  readonly #dictionary: Vector | undefined;

  constructor(
    type: DataType,
    width: number,
    make: (bytes: Uint8Array) => DuckItems,
    dictionary?: Vector,
  ) {
    super(type);
    this.#width = width;
    this.#make = make;
    this.#dictionary = dictionary;
  }

  get bytes(): number {
    return this.rows * this.#width;
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    const items = vector.items ?? vector.dataView!;
    const width = this.#width;
    const source = new Uint8Array(
      items.buffer,
      items.byteOffset + start * width,
      count * width,
    );
    const end = (this.rows + count) * width;
    this.#values.reserve(end).set(source, this.rows * width);
  }

  protected build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data {
    const values = this.#make(this.#values.take(rows * this.#width));
    return newData(this.type, rows, nullCount, {
      validity,
      values,
      dictionary: this.#dictionary,
    });
  }
}

/** Booleans, which are bytes in the engine. */
export class BoolBuilder extends VectorBuilder {
  readonly #bits = new GrowingBytes();

  get bytes(): number {
    return this.rows / 8;
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    const view = vector.dataView!;
    const bits = this.#bits.reserve((this.rows + count + 7) >>> 3);
    for (let i = 0; i < count; i++) {
      const to = this.rows + i;
      if (view.getUint8(start + i) !== 0) bits[to >>> 3]! |= 1 << (to & 7);
    }
  }

  protected build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data {
    const values = this.#bits.take((rows + 7) >>> 3);
    return newData(this.type, rows, nullCount, { validity, values });
  }
}

/** Decimals and large integers, which all become 128 bits. */
export class DecimalBuilder extends VectorBuilder {
  readonly #values = new GrowingBytes();
  readonly #read: (view: DataView, item: number) => bigint;

  constructor(type: DataType, read: (view: DataView, item: number) => bigint) {
    super(type);
    this.#read = read;
  }

  get bytes(): number {
    return this.rows * 16;
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    const bytes = this.#values.reserve((this.rows + count) * 16);
    const target = new BigInt64Array(bytes.buffer, 0, 2 * (this.rows + count));
    const isValid = validTest(vector);
    for (let i = 0; i < count; i++) {
      if (!isValid(start + i)) continue;
      const value = this.#read(vector.dataView!, start + i);
      const at = 2 * (this.rows + i);
      target[at] = BigInt.asIntN(64, value);
      target[at + 1] = value >> 64n;
    }
  }

  protected build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data {
    const bytes = this.#values.take(rows * 16);
    const values = new Uint32Array(bytes.buffer, 0, rows * 4);
    return newData(this.type, rows, nullCount, { validity, values });
  }
}

/** Intervals: months, days and microseconds become nanoseconds. */
export class IntervalBuilder extends VectorBuilder {
  readonly #values = new GrowingBytes();

  get bytes(): number {
    return this.rows * 16;
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    const bytes = this.#values.reserve((this.rows + count) * 16);
    const target = new DataView(bytes.buffer);
    const isValid = validTest(vector);
    for (let i = 0; i < count; i++) {
      if (!isValid(start + i)) continue;
      const [from, to] = [(start + i) * 16, (this.rows + i) * 16];
      const nanos = vector.dataView!.getBigInt64(from + 8, true) * 1000n;
      if (BigInt.asIntN(64, nanos) !== nanos) {
        throw new FlightError(
          "OUT_OF_RANGE",
          "An interval has more than the 2⁶³ nanoseconds that Arrow allows; CAST it to VARCHAR",
        );
      }
      target.setInt32(to, vector.dataView!.getInt32(from, true), true);
      target.setInt32(to + 4, vector.dataView!.getInt32(from + 4, true), true);
      target.setBigInt64(to + 8, nanos, true);
    }
  }

  protected build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data {
    const bytes = this.#values.take(rows * 16);
    const values = new Int32Array(bytes.buffer, 0, rows * 4);
    return newData(this.type, rows, nullCount, { validity, values });
  }
}

/** Texts and bytes. */
export class BytesBuilder extends VectorBuilder {
  readonly #data = new GrowingBytes();
  readonly #offsets = new GrowingOffsets();
  readonly #maxValueBytes: number;
  readonly #longValue: (item: unknown) => string | Uint8Array;
  readonly #isInline: boolean;
  #end = 0;

  /**
   * @param maxValueBytes Most bytes of a value.
   * @param longValue Gives what an item stands for.
   * @param isInline Whether short ones are in the vector itself.
   */
  constructor(
    type: DataType,
    maxValueBytes: number,
    longValue: (item: unknown) => string | Uint8Array,
    isInline: boolean,
  ) {
    super(type);
    this.#maxValueBytes = maxValueBytes;
    this.#longValue = longValue;
    this.#isInline = isInline;
  }

  get bytes(): number {
    return this.#end + 4 * this.rows;
  }

  protected copy(vector: DuckVector, start: number, count: number): void {
    const isValid = validTest(vector);
    const view = vector.dataView;
    const inline = this.#isInline && view !== undefined
      ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
      : undefined;
    for (let i = 0; i < count; i++) {
      const item = start + i;
      if (isValid(item)) {
        const length = inline && view!.getUint32(item * 16, true);
        if (length !== undefined && length <= INLINE_BYTES) {
          this.#addInline(inline!, item * 16 + 4, length);
        } else {
          if (length !== undefined) this.#check(length);
          this.#add(this.#longValue(vector.getItem(item)));
        }
      }
      this.#offsets.set(this.rows + i, this.#end);
    }
  }

  /** Refuses a value, if possible before the engine gives it. */
  #check(length: number): void {
    if (length > this.#maxValueBytes) {
      throw new FlightError(
        "RESOURCE_EXHAUSTED",
        `a value has ${length} bytes, more than the ${this.#maxValueBytes} that the option maxValueBytes allows`,
      );
    }
    if (this.#end + length <= MAX_COLUMN_BYTES) return;
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      "the 2,048 rows that DuckDB gives at once have more than 2 GiB of values; select less of each",
    );
  }

  #addInline(source: Uint8Array, at: number, length: number): void {
    const data = this.#data.reserve(this.#end + INLINE_BYTES);
    for (let i = 0; i < length; i++) data[this.#end + i] = source[at + i]!;
    this.#end += length;
  }

  #add(value: string | Uint8Array): void {
    if (typeof value === "string") {
      const data = this.#data.reserve(this.#end + 3 * value.length);
      this.#end = writeUtf8(value, data, this.#end);
    } else {
      this.#data.reserve(this.#end + value.length).set(value, this.#end);
      this.#end += value.length;
    }
  }

  protected build(
    rows: number,
    nullCount: number,
    validity: Uint8Array | undefined,
  ): Data {
    const values = this.#data.take(this.#end);
    const offsets = this.#offsets.take(rows);
    this.#end = 0;
    return newData(this.type, rows, nullCount, { validity, offsets, values });
  }
}
