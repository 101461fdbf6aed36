/** Dates and times of SQLite as the numbers that Arrow counts. */

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(Z|z|[+-]\d{2}:?\d{2})?)?$/;
const TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?$/;

const NANOS_PER_SECOND = 1_000_000_000n;
const SECONDS_PER_DAY = 86_400;

/** First second of the year 10000, and of year 0: SQLite has no dates beyond. */
const MAX_SECONDS = 253_402_300_800;
const MIN_SECONDS = -62_167_219_200;

/** Day 0 of Unix in Julian days. */
const JULIAN_EPOCH = 2_440_587.5;

/** Nanoseconds per unit of a time. */
export const NANOS: Readonly<Record<string, bigint>> = {
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
};

/** Days since 1970-01-01 of a date of the Gregorian calendar; `undefined` if there is none. */
function days(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return;
  return date.getTime() / (SECONDS_PER_DAY * 1000);
}

/** Nanoseconds of a fraction of a second, of which digits beyond the ninth must be 0. */
function fraction(digits: string | undefined): bigint | undefined {
  if (digits === undefined) return 0n;
  if (/[1-9]/.test(digits.slice(9))) return undefined;
  return BigInt(digits.slice(0, 9).padEnd(9, "0"));
}

function clock(
  hour: string,
  minute: string,
  second: string | undefined,
  digits: string | undefined,
): bigint | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)];
  const nanos = fraction(digits);
  if (h > 23 || m > 59 || s > 59 || nanos === undefined) return undefined;
  return BigInt(h * 3600 + m * 60 + s) * NANOS_PER_SECOND + nanos;
}

/**
 * Nanoseconds since 1970 of a stored time: a text of ISO 8601, Unix seconds, or Julian days.
 *
 * @returns `undefined` for anything else.
 * @see https://www.sqlite.org/datatype3.html section 2.2
 */
export function instantOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") {
    const fits = value >= BigInt(MIN_SECONDS) && value < BigInt(MAX_SECONDS);
    return fits ? value * NANOS_PER_SECOND : undefined;
  }
  if (typeof value === "number") {
    const milliseconds = Math.round((value - JULIAN_EPOCH) * 86_400_000);
    const fits = milliseconds >= MIN_SECONDS * 1000 &&
      milliseconds < MAX_SECONDS * 1000;
    return fits ? BigInt(milliseconds) * 1_000_000n : undefined;
  }
  const match = typeof value === "string" ? DATE_TIME.exec(value) : null;
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, digits, zone] = match;
  const date = days(Number(year), Number(month), Number(day));
  const time = clock(hour ?? "0", minute ?? "0", second, digits);
  if (date === undefined || time === undefined) return undefined;
  const seconds = date * SECONDS_PER_DAY - 60 * zoneMinutes(zone);
  return BigInt(seconds) * NANOS_PER_SECOND + time;
}

function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined || /^z$/i.test(zone)) return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone[0] === "-" ? -minutes : minutes;
}

/** Days since 1970 of a stored date; `undefined` for anything else, also for a date with a time of day. */
export function dateOf(value: unknown): number | undefined {
  const nanos = instantOf(value);
  if (nanos === undefined) return undefined;
  const perDay = BigInt(SECONDS_PER_DAY) * NANOS_PER_SECOND;
  return nanos % perDay === 0n ? Number(nanos / perDay) : undefined;
}

/** Nanoseconds since midnight of a stored time of day; `undefined` for anything else. */
export function timeOfDay(value: unknown): bigint | undefined {
  const match = typeof value === "string" ? TIME.exec(value) : null;
  return match === null
    ? undefined
    : clock(match[1]!, match[2]!, match[3], match[4]);
}

/** Date of a number of days since 1970, as SQLite writes it; `undefined` outside the years 0 to 9999. */
export function dateText(day: number): string | undefined {
  const seconds = day * SECONDS_PER_DAY;
  if (!(seconds >= MIN_SECONDS && seconds < MAX_SECONDS)) return undefined;
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** Time of day of a number of nanoseconds since midnight; `undefined` outside of a day. */
export function timeText(nanos: bigint): string | undefined {
  if (nanos < 0n || nanos >= BigInt(SECONDS_PER_DAY) * NANOS_PER_SECOND) return;
  const seconds = Number(nanos / NANOS_PER_SECOND);
  return new Date(seconds * 1000).toISOString().slice(11, 19) +
    fractionText(nanos % NANOS_PER_SECOND);
}

/** Time of a number of nanoseconds since 1970; `undefined` outside the years 0 to 9999. */
export function instantText(nanos: bigint): string | undefined {
  const perDay = BigInt(SECONDS_PER_DAY) * NANOS_PER_SECOND;
  const inDay = ((nanos % perDay) + perDay) % perDay;
  const date = dateText(Number((nanos - inDay) / perDay));
  return date === undefined ? undefined : `${date} ${timeText(inDay)}`;
}

/** Digits of a fraction, in groups of three, without those that are 0. */
function fractionText(nanos: bigint): string {
  if (nanos === 0n) return "";
  return "." + String(nanos).padStart(9, "0").replace(/(000){1,2}$/, "");
}
