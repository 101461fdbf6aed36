/** Casts of JavaScript's values to those that a column of Arrow keeps. */

import type { DataType } from "apache-arrow";
import { valueName } from "../../base/value_name.ts";
import { epochNanoseconds } from "../../base/exact_time.ts";
import { TYPE_ID } from "../arrow_format.ts";
import type { AnyType } from "../types/same_type.ts";
import { typeText } from "../types/type_text.ts";
import { parseDecimal } from "./decimal_text.ts";
import { temporalClass } from "./temporal.ts";
import {
  DAY_MS,
  parseTime,
  parseTimestamp,
  type SqlInterval,
  UNIT_NANOS,
} from "./time_values.ts";

/** Error of a value that cannot be cast. Its message follows the name of the value's place. */
export class CastError extends Error {
  /** True if the value has the right type, but is too large. */
  readonly isRange: boolean;

  /** @param message The reason. */
  constructor(message: string, isRange = false) {
    super(message);
    this.isRange = isRange;
  }
}

/** A cast of one value that is not null. */
export type Cast<T> = (value: unknown) => T;

/** A value of the wrong type. */
export function cannotBe(value: unknown, type: unknown, hint = ""): CastError {
  return new CastError(`${withArticle(value)} is not ${type}${hint}`);
}

/** The kind of a value, with its article. */
export function withArticle(value: unknown): string {
  const name = valueName(value);
  if (/^an? /.test(name) || name === "undefined") return name;
  return `${/^[aeio]/i.test(name) ? "an" : "a"} ${name}`;
}

/** Casts to booleans. */
export function castBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value === 0 || value === 0n) return false;
  if (value === 1 || value === 1n) return true;
  throw cannotBe(value, "a Bool");
}

/** Casts to numbers of an integer type; of 64 bits also to bigints. */
export function castInteger(type: AnyType): Cast<number | bigint> {
  const { bitWidth, isSigned } = type;
  const min = isSigned ? -(2n ** BigInt(bitWidth - 1)) : 0n;
  const max = 2n ** BigInt(isSigned ? bitWidth - 1 : bitWidth) - 1n;
  // To compare a number with a bigint takes long. A safe integer is less than the rounded 2⁶³.
  const [low, high] = [Number(min), Number(max)];
  return (value) => {
    const whole = wholeNumber(value, type);
    const fits = typeof whole === "number"
      ? whole >= low && whole <= high
      : whole >= min && whole <= max;
    if (!fits) {
      throw new CastError(`the value is out of the range of ${type}`, true);
    }
    return bitWidth === 64 ? whole : Number(whole);
  };
}

function wholeNumber(value: unknown, type: unknown): number | bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "string" && /^[+-]?\d{1,40}$/.test(value)) {
    return BigInt(value.replace("+", ""));
  }
  if (typeof value !== "number") throw cannotBe(value, type);
  if (Number.isSafeInteger(value)) return value;
  throw Number.isInteger(value)
    ? new CastError(
      `a number beyond 2^53 may not be exact as ${type}; use a bigint`,
      true,
    )
    : new CastError(`a number with a fraction is not ${type}`);
}

/** Casts to floating-point numbers. */
export function castFloat(type: unknown): Cast<number> {
  return (value) => {
    if (typeof value === "number") return value;
    if (typeof value === "bigint") {
      const number = Number(value);
      if (BigInt(number) === value) return number;
      throw new CastError(
        `a bigint of this size is not exact as ${type}`,
        true,
      );
    }
    if (typeof value === "string" && value.trim() !== "") {
      const number = Number(value);
      if (!Number.isNaN(number)) return number;
    }
    throw cannotBe(value, type);
  };
}

/** Casts to text. */
export function castText(type: unknown): Cast<string> {
  return (value) => {
    if (typeof value === "string") {
      if (value.isWellFormed()) return value;
      throw new CastError("a string with lone surrogates is not text");
    }
    switch (typeof value) {
      case "number":
      case "bigint":
      case "boolean":
        return String(value);
    }
    // Servers that do not know the type of a parameter say that it is text.
    if (value instanceof Date) return isoText(value);
    if (temporalClass(value) !== undefined) return String(value);
    throw cannotBe(value, type);
  };
}

/** A Date as text of ISO 8601, with all digits that it carries. */
function isoText(date: Date): string {
  if (Number.isNaN(date.getTime())) {
    throw new CastError("an invalid Date is no time");
  }
  const text = date.toISOString();
  const rest = epochNanoseconds(date) - BigInt(date.getTime()) * 1_000_000n;
  if (rest === 0n) return text;
  if (rest < 0n || rest >= 1_000_000n) {
    throw new CastError("the time is beyond the years of ISO 8601", true);
  }
  const digits = String(rest).padStart(6, "0").replace(/(?:000)+$/, "");
  return `${text.slice(0, -1)}${digits}Z`;
}

/** Casts to bytes; `width` is the number that each value must have. */
export function castBytes(type: unknown, width?: number): Cast<Uint8Array> {
  return (value) => {
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : undefined;
    if (bytes === undefined) {
      throw cannotBe(
        value,
        type,
        typeof value === "string" ? " (encode it, or give a Uint8Array)" : "",
      );
    }
    if (width === undefined || bytes.byteLength === width) return bytes;
    throw new CastError(`${bytes.byteLength} bytes are not ${width}`, true);
  };
}

/** Casts to the digits of a decimal. */
export function castDecimal(type: AnyType): Cast<bigint> {
  const text = typeText(type as unknown as DataType);
  const limit = 10n ** BigInt(type.precision);
  return (value) => {
    if (
      typeof value !== "string" && typeof value !== "bigint" &&
      (typeof value !== "number" || !Number.isFinite(value))
    ) throw cannotBe(value, text);
    const digits = parseDecimal(String(value), type.scale);
    if (digits === undefined) {
      throw new CastError(
        `the value is not a decimal with ${type.scale} digits after the point`,
      );
    }
    if (digits < limit && digits > -limit) return digits;
    throw new CastError(`the value is out of the range of ${text}`, true);
  };
}

/** Casts to the counts that dates, times, timestamps and durations are. */
export function castTime(type: AnyType): Cast<bigint> {
  const { typeId, unit } = type;
  if (typeId === TYPE_ID.date) {
    return (value) => {
      const nanos = timestampNanos(value, type);
      const days = floorDivide(nanos, BigInt(DAY_MS) * 1_000_000n);
      return inBits(
        unit === 0 ? 32 : 64,
        unit === 0 ? days : days * BigInt(DAY_MS),
        type,
      );
    };
  }
  const nanosOf = typeId === TYPE_ID.time
    ? timeNanos
    : typeId === TYPE_ID.duration
    ? durationNanos
    : timestampNanos;
  const divisor = UNIT_NANOS[unit]!;
  const bits = typeId === TYPE_ID.time ? type.bitWidth : 64;
  return (value) => {
    const nanos = nanosOf(value, type);
    if (nanos % divisor === 0n) return inBits(bits, nanos / divisor, type);
    throw new CastError(`the value is more precise than ${type}`, true);
  };
}

function inBits(bits: number, value: bigint, type: unknown): bigint {
  if (BigInt.asIntN(bits, value) === value) return value;
  throw new CastError(`the value is out of the range of ${type}`, true);
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a % b < 0n ? a / b - 1n : a / b;
}

/** A Date, Temporal, ISO 8601, milliseconds as a number or nanoseconds as a bigint. */
function timestampNanos(value: unknown, type: AnyType): bigint {
  let nanos: bigint | undefined;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) {
      throw new CastError("an invalid Date is no time");
    }
    return epochNanoseconds(value);
  }
  switch (temporalClass(value)) {
    case "Instant":
    case "ZonedDateTime":
      return (value as { epochNanoseconds: bigint }).epochNanoseconds;
    case "PlainDateTime":
    case "PlainDate":
      nanos = parseTimestamp(String(value).replace(/\[.*/, ""));
  }
  if (typeof value === "string") nanos = parseTimestamp(value);
  if (typeof value === "bigint") nanos = value;
  if (typeof value === "number" && Number.isSafeInteger(value)) {
    nanos = BigInt(value) * 1_000_000n;
  }
  if (nanos !== undefined) return nanos;
  throw cannotBe(
    value,
    type,
    " (give a Date, a value of Temporal, or a text of ISO 8601)",
  );
}

/** Text, Temporal.PlainTime, or nanoseconds as a bigint. */
function timeNanos(value: unknown, type: AnyType): bigint {
  const nanos = typeof value === "bigint"
    ? value
    : typeof value === "string" || temporalClass(value) === "PlainTime"
    ? parseTime(String(value))
    : undefined;
  if (nanos !== undefined && nanos >= 0n && nanos < 86_400_000_000_000n) {
    return nanos;
  }
  throw cannotBe(value, type, ' (give a text such as "12:30:00")');
}

/** Nanoseconds as a bigint, or a Temporal.Duration without years, months and weeks. */
function durationNanos(value: unknown, type: AnyType): bigint {
  if (typeof value === "bigint") return value;
  const { months, days, nanoseconds } = castInterval(type)(value);
  if (months === 0) {
    return BigInt(days) * 86_400_000_000_000n + nanoseconds;
  }
  throw new CastError(`months are not ${type}`);
}

/** Casts to intervals. */
export function castInterval(type: unknown): Cast<SqlInterval> {
  return (value) => {
    const parts = temporalClass(value) === "Duration"
      ? ofDuration(value as Record<string, number>)
      : intervalParts(value);
    const { months = 0, days = 0, nanoseconds = 0n } = parts ?? {};
    if (
      parts === undefined || !Number.isInteger(months) ||
      !Number.isInteger(days) || typeof nanoseconds !== "bigint"
    ) {
      throw cannotBe(value, type, " (give { months, days, nanoseconds })");
    }
    inBits(32, BigInt(months), type);
    inBits(32, BigInt(days), type);
    inBits(64, nanoseconds, type);
    return { months, days, nanoseconds };
  };
}

/** The parts of an interval, if an object has at least one of them, and nothing else. */
function intervalParts(value: unknown): Partial<SqlInterval> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const names = Object.keys(value);
  return names.length > 0 &&
      names.every((name) => /^(?:months|days|nanoseconds)$/.test(name))
    ? value
    : undefined;
}

function ofDuration(duration: Record<string, number>): SqlInterval {
  const part = (name: string): number => duration[name] ?? 0;
  const big = (name: string): bigint => BigInt(part(name));
  const seconds = (big("hours") * 60n + big("minutes")) * 60n + big("seconds");
  const millis = seconds * 1000n + big("milliseconds");
  return {
    months: part("years") * 12 + part("months"),
    days: part("weeks") * 7 + part("days"),
    nanoseconds: (millis * 1000n + big("microseconds")) * 1000n +
      big("nanoseconds"),
  };
}
