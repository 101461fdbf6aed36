/** Fills the buffers of Arrow columns with the values of SQLite, without an object per row. */

import { encodeUtf8, strictText, writeUtf8 } from "../../../base/bytes.ts";
import type { ColumnInfo, ColumnKind } from "./column_kind.ts";
import {
  dateOf,
  instantOf,
  NANOS,
  timeOfDay,
} from "../../database/civil_time.ts";

/** A value as `node:sqlite` gives it: integers as bigint, REAL as number. */
export type SqliteValue = bigint | number | string | Uint8Array | null;

/** The buffers of one column of one batch, all of which can be transferred. */
export interface ColumnBuffers {
  /** Number of null rows. */
  readonly nullCount: number;
  /** Validity bitmap, if a row is null. */
  readonly validity: Uint8Array | undefined;
  /** Offsets of texts and bytes. */
  readonly offsets: Int32Array | undefined;
  /** Values, bits or bytes. */
  readonly values: BuilderArray | Uint8Array;
}

/** Reaction to a value that does not fit the type of its column. */
export type MismatchPolicy = "error" | "cast" | "null";

/** Arrays that hold values of a fixed width. */
type BuilderArray = BigInt64Array | Float64Array | Int32Array;

/** A value that does not fit the type of its column. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** Largest size of the bytes of a column of a batch, which Arrow counts in 32 bits. */
const MAX_BYTES = 2 ** 31 - 1;
/** Rows that a column has room for at first: 64 bytes, which V8 has no memory of their own for. */
const FIRST_ROWS = 8;
/** Most values that are copied at the end: they take less time than to move all. */
const FEW_VALUES = 256;

/** Collects the values of one column. */
export abstract class ColumnBuilder {
  /** Number of rows. */
  rows = 0;
  /** Bytes of the values so far. */
  bytes = 0;
  #nulls = 0;
  #validity: Uint8Array | undefined;

  /** Adds a value. */
  abstract push(value: SqliteValue): void;
  /**
   * Takes the buffers out, and begins anew.
   *
   * @param isLast True if nothing is added afterwards.
   */
  abstract finish(isLast: boolean): ColumnBuffers;

  protected pushNull(): void {
    const row = this.rows++;
    let validity = this.#validity;
    if (validity === undefined || row >>> 3 >= validity.length) {
      const grown = new Uint8Array(Math.max(64, (row >>> 2) + 8)).fill(0xff);
      if (validity !== undefined) grown.set(validity);
      this.#validity = validity = grown;
    }
    validity[row >>> 3]! &= ~(1 << (row & 7));
    this.#nulls++;
  }

  protected takeNulls(): {
    nullCount: number;
    validity: Uint8Array | undefined;
  } {
    let validity = this.#validity;
    const size = Math.ceil(this.rows / 8);
    if (validity !== undefined && validity.length < size) {
      const grown = new Uint8Array(size).fill(0xff);
      grown.set(validity);
      validity = grown;
    }
    const nullCount = this.#nulls;
    this.#nulls = this.rows = this.bytes = 0;
    this.#validity = undefined;
    return { nullCount, validity };
  }
}

/** The first values, in memory of their own if they are few. */
function fewer<A extends BuilderArray | Uint8Array>(
  values: A,
  length: number,
): A {
  return length <= FEW_VALUES ? values.slice(0, length) as A : values;
}

class FixedBuilder extends ColumnBuilder {
  readonly #make: (length: number) => BuilderArray;
  readonly #convert: (value: SqliteValue) => bigint | number | null;
  #values: BuilderArray;
  #capacity = FIRST_ROWS;

  constructor(
    make: (length: number) => BuilderArray,
    convert: (value: SqliteValue) => bigint | number | null,
  ) {
    super();
    this.#make = make;
    this.#convert = convert;
    this.#values = make(this.#capacity);
  }

  push(value: SqliteValue): void {
    if (this.rows >= this.#capacity) this.#grow();
    const converted = value === null ? null : this.#convert(value);
    if (converted === null) return this.pushNull();
    // A builder makes values of the type that its array has.
    this.#values[this.rows++] = converted as never;
    this.bytes += 8;
  }

  finish(isLast: boolean): ColumnBuffers {
    const values = isLast ? fewer(this.#values, this.rows) : this.#values;
    const buffers = { ...this.takeNulls(), offsets: undefined, values };
    if (!isLast) this.#values = this.#make(this.#capacity);
    return buffers;
  }

  #grow(): void {
    this.#capacity *= 2;
    const grown = this.#make(this.#capacity);
    grown.set(this.#values as never);
    this.#values = grown;
  }
}

class BoolBuilder extends ColumnBuilder {
  readonly #convert: (value: SqliteValue) => boolean | null;
  #bits = new Uint8Array(FIRST_ROWS);

  constructor(convert: (value: SqliteValue) => boolean | null) {
    super();
    this.#convert = convert;
  }

  push(value: SqliteValue): void {
    const row = this.rows;
    if (row >>> 3 >= this.#bits.length) {
      const grown = new Uint8Array(this.#bits.length * 2);
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const converted = value === null ? null : this.#convert(value);
    if (converted === null) return this.pushNull();
    if (converted) this.#bits[row >>> 3]! |= 1 << (row & 7);
    this.rows = row + 1;
    this.bytes += 1;
  }

  finish(isLast: boolean): ColumnBuffers {
    const values = this.#bits;
    if (!isLast) this.#bits = new Uint8Array(FIRST_ROWS);
    return { ...this.takeNulls(), offsets: undefined, values };
  }
}

/** Collects texts and bytes. */
export class BytesBuilder extends ColumnBuilder {
  readonly #convert: (value: SqliteValue) => string | Uint8Array | null;
  #offsets = new Int32Array(FIRST_ROWS + 1);
  #data = new Uint8Array(8 * FIRST_ROWS);
  #end = 0;

  constructor(convert: (value: SqliteValue) => string | Uint8Array | null) {
    super();
    this.#convert = convert;
  }

  push(value: SqliteValue): void {
    const row = this.rows;
    if (row + 2 > this.#offsets.length) {
      const grown = new Int32Array(this.#offsets.length * 2);
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    const converted = typeof value === "string"
      ? value
      : value === null
      ? null
      : this.#convert(value);
    if (converted === null) this.pushNull();
    else {
      if (typeof converted === "string") this.#addText(converted);
      else this.#addBytes(converted);
      this.rows = row + 1;
    }
    this.#offsets[row + 1] = this.#end;
    this.bytes = this.#end + 4 * row;
  }

  finish(isLast: boolean): ColumnBuffers {
    const { rows } = this;
    const buffers = {
      ...this.takeNulls(),
      offsets: isLast ? fewer(this.#offsets, rows + 1) : this.#offsets,
      values: isLast ? fewer(this.#data, this.#end) : this.#data,
    };
    if (isLast) return buffers;
    this.#offsets = new Int32Array(this.#offsets.length);
    this.#data = new Uint8Array(this.#data.length);
    this.#end = 0;
    return buffers;
  }

  #addText(text: string): void {
    this.#reserve(3 * text.length);
    this.#end = writeUtf8(text, this.#data, this.#end);
  }

  #addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#data.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#data.length) return;
    if (needed > MAX_BYTES) {
      throw new Mismatch(`does not fit into a batch: it has ${bytes} bytes`);
    }
    const size = Math.min(MAX_BYTES, Math.max(needed, 2 * this.#data.length));
    const grown = new Uint8Array(size);
    grown.set(this.#data.subarray(0, this.#end));
    this.#data = grown;
  }
}

/**
 * Makes the builder of a column.
 *
 * @param policy Reaction to values that do not fit.
 */
export function columnBuilder(
  column: ColumnInfo,
  policy: MismatchPolicy,
): ColumnBuilder {
  const { kind } = column;
  function misfit(value: SqliteValue): null {
    if (policy === "null") return null;
    const type = column.declared ? ` (declared ${column.declared})` : "";
    throw new Mismatch(
      `holds ${storageClass(value)} in column "${column.name}"${type}, which ` +
        `is no ${kind}; the option onMismatch sets what happens then, and ` +
        `CAST in the query gives the column another type`,
    );
  }
  /** Makes a conversion of values that fit, or fit after a cast. */
  function fit<T>(convert: (value: SqliteValue) => T | undefined) {
    return (value: SqliteValue): T | null => {
      const fitting = convert(value);
      if (fitting !== undefined) return fitting;
      if (policy !== "cast") return misfit(value);
      return convert(castTo(kind, value)) ?? null;
    };
  }
  switch (kind) {
    case "int64": {
      const slow = fit(integerOf);
      return new FixedBuilder(
        (length) => new BigInt64Array(length),
        (value) => typeof value === "bigint" ? value : slow(value),
      );
    }
    case "float64": {
      const slow = fit(realOf);
      return new FixedBuilder(
        (length) => new Float64Array(length),
        (value) => typeof value === "number" ? value : slow(value),
      );
    }
    case "bool":
      return new BoolBuilder(fit(boolOf));
    case "utf8":
      return new BytesBuilder(fit(textOf));
    case "binary":
      return new BytesBuilder(
        fit((value) => value instanceof Uint8Array ? value : undefined),
      );
    case "date32":
      return new FixedBuilder((length) => new Int32Array(length), fit(dateOf));
    default:
      return new FixedBuilder(
        (length) => new BigInt64Array(length),
        fit(timeConverter(kind)),
      );
  }
}

function timeConverter(
  kind: ColumnKind,
): (value: SqliteValue) => bigint | undefined {
  const unit = NANOS[/\[(\w+)/.exec(kind)![1]!]!;
  const nanosOf = kind.startsWith("time64") ? timeOfDay : instantOf;
  return (value) => {
    const nanos = nanosOf(value);
    return nanos === undefined || nanos % unit !== 0n
      ? undefined
      : nanos / unit;
  };
}

function integerOf(value: SqliteValue): bigint | undefined {
  return typeof value === "bigint" ? value : undefined;
}

/** Integers that a double holds exactly count as REAL. */
function realOf(value: SqliteValue): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "bigint") return undefined;
  const number = Number(value);
  return BigInt(number) === value ? number : undefined;
}

function boolOf(value: SqliteValue): boolean | undefined {
  if (value === 0n || value === 0) return false;
  if (value === 1n || value === 1) return true;
  if (typeof value !== "string") return undefined;
  const word = value.toLowerCase();
  return word === "true" ? true : word === "false" ? false : undefined;
}

function textOf(value: SqliteValue): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "bigint":
      return String(value);
    case "number":
      return realText(value);
    default:
      return undefined;
  }
}

/** A REAL as SQLite writes it: with a point, so that it stays one. */
function realText(value: number): string {
  if (value === Infinity) return "Inf";
  if (value === -Infinity) return "-Inf";
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** The value that CAST of SQLite makes for a column. */
function castTo(kind: ColumnKind, value: SqliteValue): SqliteValue {
  const text = value instanceof Uint8Array
    ? textIn(value)
    : textOf(value) ?? "";
  switch (kind) {
    case "int64": {
      if (typeof value === "number") return integerIn(value);
      const digits = /^\s*([+-]?\d+)/.exec(text)?.[1] ?? "0";
      return withinInt64(BigInt(digits.replace("+", "")));
    }
    case "float64":
      return typeof value === "bigint" ? Number(value) : Number(
        /^\s*([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)/i.exec(text)?.[1] ?? 0,
      );
    case "bool":
      return Number(/^\s*[+-]?\d+/.exec(text)?.[0] ?? 0) === 0 ? 0n : 1n;
    case "utf8":
      return text;
    default:
      return kind === "binary" && typeof value !== "string"
        ? encodeUtf8(text)
        : null;
  }
}

/** A REAL without its fraction, kept in the range of an integer. */
function integerIn(value: number): bigint {
  return Number.isFinite(value)
    ? withinInt64(BigInt(Math.trunc(value)))
    : withinInt64(value > 0 ? 2n ** 63n : -(2n ** 63n));
}

function withinInt64(value: bigint): bigint {
  const max = 2n ** 63n - 1n;
  return value > max ? max : value < -max - 1n ? -max - 1n : value;
}

function textIn(bytes: Uint8Array): string {
  try {
    return strictText(bytes);
  } catch {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }
}

function storageClass(value: SqliteValue): string {
  switch (typeof value) {
    case "bigint":
      return `the INTEGER ${value}`;
    case "number":
      return `the REAL ${value}`;
    case "string":
      return `the TEXT ${JSON.stringify(value.slice(0, 40))}`;
    default:
      return "a BLOB";
  }
}
