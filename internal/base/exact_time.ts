/** Times of protobuf (google.protobuf.Timestamp) as Dates, which say less. */

/** Seconds since 1970-01-01T00:00:00Z, and nanoseconds that are added to them. */
export interface ExactTime {
  /** Whole seconds: an int64. */
  readonly seconds: bigint;
  /** An int32: 0 to 999,999,999, but for peers that count back from 0 before 1970. */
  readonly nanos: number;
}

const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_MS = 1_000_000n;

/** The last time that a Date can say, in milliseconds; the first one is as far before 1970. */
const MAX_TIME_MS = 8_640_000_000_000_000n;

/**
 * Times that Dates cannot say: with nanoseconds, or beyond the year 275760. A Date that was received
 * and is sent back, as to renew or to cancel, is sent as the same time.
 */
const exactTimes = new WeakMap<
  Date,
  { readonly time: number; readonly exact: ExactTime }
>();

/**
 * The Date of a time: the millisecond that it is in, or the closest that there is.
 *
 * @param exact The time.
 * @returns A Date that {@linkcode exactTime} knows the time of.
 */
export function dateOf(exact: ExactTime): Date {
  const nanos = nanosOf(exact);
  let ms = nanos / NANOS_PER_MS;
  if (ms * NANOS_PER_MS > nanos) ms--;
  if (ms > MAX_TIME_MS) ms = MAX_TIME_MS;
  if (ms < -MAX_TIME_MS) ms = -MAX_TIME_MS;
  const date = new Date(Number(ms));
  exactTimes.set(date, { time: date.getTime(), exact });
  return date;
}

/**
 * The time of a Date that was made by {@linkcode dateOf}.
 *
 * @param date The Date.
 * @returns `undefined` where it was made otherwise, or set to another time.
 */
export function exactTime(date: Date): ExactTime | undefined {
  const known = exactTimes.get(date);
  return known?.time === date.getTime() ? known.exact : undefined;
}

/**
 * The nanoseconds of a Date since 1970-01-01T00:00:00Z. For an expiration time that was received these
 * are all of its nanoseconds, also of a time that no Date can say; for a Date that was made or changed
 * otherwise they are those of its milliseconds. A copy of a Date has its milliseconds alone.
 *
 * ```ts
 * import { dateFromEpochNanoseconds, epochNanoseconds } from "@contrail/flight";
 * import { assertEquals } from "@std/assert";
 *
 * const expirationTime = dateFromEpochNanoseconds(1_700_000_000_123_456_789n);
 * assertEquals(expirationTime.getTime(), 1_700_000_000_123);
 * assertEquals(epochNanoseconds(expirationTime), 1_700_000_000_123_456_789n);
 * ```
 *
 * @param date The Date.
 * @returns The nanoseconds; negative before 1970.
 * @throws {RangeError} When the Date is invalid.
 */
export function epochNanoseconds(date: Date): bigint {
  const exact = exactTime(date);
  return exact === undefined
    ? BigInt(date.getTime()) * NANOS_PER_MS
    : nanosOf(exact);
}

/**
 * A Date that is sent with nanoseconds, as an expiration time: {@linkcode epochNanoseconds} gives them
 * back, all else knows the milliseconds. Not every peer can read times beyond the year 9999, which
 * protobuf does not promise.
 *
 * @param nanoseconds Nanoseconds since 1970-01-01T00:00:00Z.
 * @returns The Date; beyond the year 275760 the last one that there is.
 * @throws {RangeError} When its seconds take more than 64 bits.
 */
export function dateFromEpochNanoseconds(nanoseconds: bigint): Date {
  let seconds = nanoseconds / NANOS_PER_SECOND;
  if (seconds * NANOS_PER_SECOND > nanoseconds) seconds--;
  if (BigInt.asIntN(64, seconds) !== seconds) {
    throw new RangeError(`${nanoseconds} nanoseconds are beyond all times`);
  }
  const nanos = Number(nanoseconds - seconds * NANOS_PER_SECOND);
  return dateOf({ seconds, nanos });
}

function nanosOf({ seconds, nanos }: ExactTime): bigint {
  return seconds * NANOS_PER_SECOND + BigInt(nanos);
}
