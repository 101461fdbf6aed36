/** Buffers of columns without children. */

import type { DataType } from "apache-arrow";
import { allocate } from "../../base/allocate.ts";
import { encodeUtf8, writeUtf8 } from "../../base/bytes.ts";
import type { DataParts } from "../arrow_objects.ts";
import { asOffsets } from "../offsets.ts";
import { type Cast, CastError, castInterval } from "./cast_value.ts";
import { writeWords } from "./decimal_text.ts";
import type { Place } from "./place.ts";
import { typeText } from "../types/type_text.ts";

/** Length of a text that gets an array of its own. */
const LONG_TEXT = 1024;

/** Calls `use` for each value that is not null, and names the place of one that it refuses. */
export function each(
  values: readonly unknown[],
  place: Place,
  use: (i: number, value: unknown) => void,
): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) continue;
    try {
      use(i, value);
    } catch (error) {
      if (!(error instanceof CastError)) throw error;
      const message = `Cannot use ${place(i)}: ${error.message}`;
      throw error.isRange ? new RangeError(message) : new TypeError(message);
    }
  }
}

/** Values of a typed array, one for each row. */
export function fixed(
  type: DataType,
  values: readonly unknown[],
  place: Place,
  cast: Cast<number | bigint>,
): DataParts {
  const out = new type.ArrayType(values.length) as
    & (Int32Array | BigInt64Array)
    & { [i: number]: number | bigint };
  if (!(out instanceof BigInt64Array || out instanceof BigUint64Array)) {
    each(values, place, (i, value) => out[i] = Number(cast(value)));
    return { values: out };
  }
  const words = new Int32Array(out.buffer);
  each(values, place, (i, value) => {
    const number = cast(value);
    if (typeof number === "bigint") out[i] = number;
    else {
      // A bigint would be an allocation.
      words[2 * i] = number;
      words[2 * i + 1] = Math.floor(number / 2 ** 32);
    }
  });
  return { values: out };
}

/** Values of several 32-bit words each. */
export function wordsOf<T>(
  values: readonly unknown[],
  words: number,
  place: Place,
  cast: Cast<T>,
  write: (out: Uint32Array, at: number, value: T) => void,
): DataParts {
  const out = new Uint32Array(values.length * words);
  each(values, place, (i, value) => write(out, i * words, cast(value)));
  return { values: out };
}

/** Intervals of one of the three units. */
export function intervals(
  type: DataType,
  unit: number,
  values: readonly unknown[],
  place: Place,
): DataParts {
  const cast = castInterval(type);
  const stride = 1 << unit;
  const out = new Int32Array(values.length * stride);
  each(values, place, (i, value) => {
    const { months, days, nanoseconds } = cast(value);
    const at = i * stride;
    if (unit === 2) {
      out[at] = months;
      out[at + 1] = days;
      writeWords(out, at + 2, 2, nanoseconds);
    } else if (unit === 0) {
      if (days !== 0 || nanoseconds !== 0n) {
        throw new CastError(`days and nanoseconds are not ${typeText(type)}`);
      }
      out[at] = months;
    } else {
      if (months !== 0 || nanoseconds % 1_000_000n !== 0n) {
        throw new CastError(`months and nanoseconds are not ${typeText(type)}`);
      }
      const ms = nanoseconds / 1_000_000n;
      if (BigInt.asIntN(32, ms) !== ms) {
        throw new CastError(
          `the value is out of the range of ${typeText(type)}`,
          true,
        );
      }
      out[at] = days;
      out[at + 1] = Number(ms);
    }
  });
  return { values: out };
}

/** Texts with offsets. They are written one after the other, so that none has an array of its own. */
export function texts(
  values: readonly unknown[],
  place: Place,
  isLarge: boolean,
  cast: Cast<string>,
): DataParts {
  let bytes = new Uint8Array(Math.min(32 * values.length, 3 * LONG_TEXT));
  const ends = new Float64Array(values.length + 1);
  let [size, last] = [0, 0];
  each(values, place, (i, value) => {
    for (; last <= i; last++) ends[last] = size;
    const text = cast(value);
    // The room for a long one would be three times as large.
    const long = text.length > LONG_TEXT ? encodeUtf8(text) : undefined;
    const most = size + (long?.byteLength ?? 3 * text.length);
    if (most > bytes.byteLength) {
      // Room for all if the others are as long, but within reason.
      const all = most / (i + 1) * values.length * 9 / 8;
      const grown = new Uint8Array(Math.max(most, Math.min(all, 4 * most)));
      grown.set(bytes.subarray(0, size));
      bytes = grown;
    }
    if (long === undefined) size = writeUtf8(text, bytes, size);
    else {
      bytes.set(long, size);
      size = most;
    }
    checkSize(size, isLarge);
  });
  ends.fill(size, last);
  return {
    values: size > bytes.byteLength * 3 / 4
      ? bytes.subarray(0, size)
      : bytes.slice(0, size),
    offsets: asOffsets(ends, isLarge ? 8 : 4),
  };
}

/** Throws for a size beyond offsets of 32 bits. */
function checkSize(size: number, isLarge: boolean): void {
  if (!isLarge && size > 2 ** 31 - 1) {
    throw new CastError("the column takes more than 2 GiB", true);
  }
}

/** Bytes with offsets. */
export function binary(
  values: readonly unknown[],
  place: Place,
  isLarge: boolean,
  cast: Cast<Uint8Array>,
): DataParts {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const ends = new Float64Array(values.length + 1);
  let last = 0;
  each(values, place, (i, value) => {
    for (; last <= i; last++) ends[last] = size;
    const bytes = cast(value);
    size += bytes.byteLength;
    checkSize(size, isLarge);
    pieces.push(bytes);
  });
  ends.fill(size, last);
  return {
    values: joined(pieces, size),
    offsets: asOffsets(ends, isLarge ? 8 : 4),
  };
}

/** Values of up to 12 bytes stand in their view, others in one buffer. */
export function views(
  values: readonly unknown[],
  place: Place,
  cast: Cast<Uint8Array>,
): DataParts {
  const out = new Uint8Array(16 * values.length);
  const view = new DataView(out.buffer);
  const pieces: Uint8Array[] = [];
  let size = 0;
  each(values, place, (i, value) => {
    const bytes = cast(value);
    view.setInt32(16 * i, bytes.byteLength, true);
    if (bytes.byteLength <= 12) return out.set(bytes, 16 * i + 4);
    out.set(bytes.subarray(0, 4), 16 * i + 4);
    view.setInt32(16 * i + 12, size, true);
    size += bytes.byteLength;
    checkSize(size, false);
    pieces.push(bytes);
  });
  return { values: out, variadic: size > 0 ? [joined(pieces, size)] : [] };
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const out = allocate(size);
  let at = 0;
  for (const bytes of pieces) {
    out.set(bytes, at);
    at += bytes.byteLength;
  }
  return out;
}

/** The bits of numbers of half precision, rounded to the nearest that there is. */
export function halfBits(cast: Cast<number>): Cast<number> {
  return (value) => halfOf(cast(value));
}

/** Largest exponent of a number that is subnormal in half precision (IEEE 754, binary16). */
const MIN_EXPONENT = -14;
/** Bits of a fraction in half precision. */
const FRACTION_BITS = 10;

/** Not every runtime has `DataView.setFloat16`. */
function halfOf(number: number): number {
  if (Number.isNaN(number)) return 0x7e00;
  const sign = number < 0 || Object.is(number, -0) ? 0x8000 : 0;
  const size = Math.abs(number);
  // Half of the way from the largest number, 65504, to the next.
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(MIN_EXPONENT, exponentOf(size));
  const steps = roundToEven(size / 2 ** (exponent - FRACTION_BITS));
  // The leading one of the steps of a normal number counts as a step of the exponent.
  return sign | ((exponent - MIN_EXPONENT) << FRACTION_BITS) + steps;
}

const DOUBLE = new DataView(new ArrayBuffer(8));

/** The exponent of a number (IEEE 754, binary64). */
function exponentOf(number: number): number {
  DOUBLE.setFloat64(0, number);
  return (DOUBLE.getUint16(0) >> 4 & 0x7ff) - 1023;
}

/** The nearest whole number; the even one of two. */
function roundToEven(number: number): number {
  const below = Math.floor(number);
  const rest = number - below;
  return rest < 0.5 || rest === 0.5 && below % 2 === 0 ? below : below + 1;
}
