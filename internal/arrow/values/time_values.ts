/** Values of dates, times of day, timestamps, durations and intervals. */

import { dateFromEpochNanoseconds } from "../../base/exact_time.ts";
import { temporal } from "./temporal.ts";

/** Nanoseconds of each unit of time: seconds, milliseconds, microseconds, nanoseconds. */
export const UNIT_NANOS: readonly bigint[] = [
  1_000_000_000n,
  1_000_000n,
  1000n,
  1n,
];

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;

/** The last millisecond that a Date can say. */
const MAX_DATE_MS = 8.64e15;

/** A calendar interval; its parts may have different signs. */
export interface SqlInterval {
  /** Whole months. */
  readonly months: number;
  /** Whole days. */
  readonly days: number;
  /** Nanoseconds within the days. */
  readonly nanoseconds: bigint;
}

/** A Date of nanoseconds since the epoch; those that it cannot say itself are known to `epochNanoseconds`. */
export function dateOfNanos(nanos: bigint): Date {
  const ms = Number(nanos / 1_000_000n);
  return nanos % 1_000_000n === 0n && Math.abs(ms) <= MAX_DATE_MS
    ? new Date(ms)
    : dateFromEpochNanoseconds(nanos);
}

/**
 * A Date of milliseconds since the epoch, of which `exact` has all digits; those that it cannot say itself are known
 * to `epochNanoseconds`.
 */
export function dateOfMs(ms: number, exact?: bigint): Date {
  return Math.abs(ms) <= MAX_DATE_MS
    ? new Date(ms)
    : dateFromEpochNanoseconds((exact ?? BigInt(ms)) * 1_000_000n);
}

/** A time of day as text: `HH:MM:SS`, with as many digits of a fraction as it needs, in threes. */
export function timeText(nanos: bigint): string {
  const seconds = Number(nanos / 1_000_000_000n);
  const fraction = String(nanos % 1_000_000_000n).padStart(9, "0")
    .replace(/(000){1,3}$/, "");
  const [h, m, s] = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0"));
  return `${h}:${m}:${s}${fraction && `.${fraction}`}`;
}

/**
 * The nanoseconds of a time of day.
 *
 * @param text `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fraction` of up to nine digits.
 * @returns `undefined` where it is something else.
 */
export function parseTime(text: string): bigint | undefined {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [h, m, s] = [match[1], match[2], match[3] ?? "0"].map(Number);
  if (h! > 23 || m! > 59 || s! > 59) return undefined;
  const fraction = BigInt((match[4] ?? "").padEnd(9, "0"));
  return BigInt((h! * 60 + m!) * 60 + s!) * 1_000_000_000n + fraction;
}

/**
 * The nanoseconds since the epoch of a date, or of a date with a time of day, that ISO 8601 writes.
 *
 * @param text Such as `2024-02-29`, `2024-02-29T12:30:00.000001Z` or `2024-02-29 12:30+02:00`; UTC where no
 * offset is given.
 * @returns `undefined` where it is something else.
 */
export function parseTimestamp(text: string): bigint | undefined {
  const match =
    /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:[T ]([\d:.]+)(Z|[+-]\d\d(?::?\d\d)?)?)?$/i
      .exec(text);
  if (match === null) return undefined;
  const [, year, month, day, time = "00:00", zone = "Z"] = match;
  const midnight = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  const nanos = parseTime(time);
  // Date.parse takes the 30th of February for the 1st of March.
  if (
    Number.isNaN(midnight) || nanos === undefined ||
    new Date(midnight).getUTCDate() !== Number(day)
  ) return undefined;
  const offset = /([+-])(\d\d):?(\d\d)?/.exec(zone);
  const minutes = offset === null ? 0 : Number(`${offset[1]}1`) *
    (60 * Number(offset[2]) + Number(offset[3] ?? 0));
  return BigInt(midnight - minutes * 60_000) * 1_000_000n + nanos;
}

/** The Temporal.PlainDate of days since the epoch. */
export function plainDate(days: number): unknown {
  const date = new Date(days * DAY_MS);
  return new (temporal().PlainDate)(
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
  );
}

/** The Temporal.PlainTime of nanoseconds since midnight. */
export function plainTime(nanos: bigint): unknown {
  return temporal().PlainTime.from(timeText(nanos));
}

/**
 * The Temporal.Instant of a timestamp; a Temporal.ZonedDateTime with a time zone other than UTC, a
 * Temporal.PlainDateTime without one.
 */
export function temporalTimestamp(
  nanos: bigint,
  zone: string | null | undefined,
): unknown {
  const instant = temporal().Instant.fromEpochNanoseconds(nanos);
  if (!zone) return instant.toZonedDateTimeISO("UTC").toPlainDateTime();
  return zone === "UTC" ? instant : instant.toZonedDateTimeISO(zone);
}

/** The Temporal.Duration of an interval. */
export function temporalDuration(
  { months, days, nanoseconds }: SqlInterval,
): unknown {
  return temporal().Duration.from({
    months,
    days,
    seconds: Number(nanoseconds / 1_000_000_000n),
    nanoseconds: Number(nanoseconds % 1_000_000_000n),
  });
}
