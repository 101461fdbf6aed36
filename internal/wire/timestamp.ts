/** google.protobuf.Timestamp: Date. */

import { WireFormatError } from "../../proto/runtime/wire_format_error.ts";
import type { Timestamp } from "../../proto/google/protobuf/timestamp.ts";

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since 1970. */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;

const NANOS_PER_MS = 1_000_000;

/**
 * What a Date cannot say: nanoseconds of the time that it had. Who sends back what
 * it has received, as those do who renew or cancel, sends back the same time.
 */
const cut = new WeakMap<
  Date,
  { readonly time: number; readonly nanos: number }
>();

/**
 * The Timestamp of a Date: one that was received, in all its nanoseconds.
 *
 * @param date The time; `undefined` for none.
 * @param field Name of what it is the value of, for the error.
 * @returns The message, or `undefined` where there is no date.
 * @throws {TypeError} When it is not a Date, or an invalid one.
 * @throws {RangeError} When it is not in the years 1 to 9999.
 */
export function timestampToMessage(
  date: Date | undefined,
  field: string,
): Timestamp | undefined {
  if (date === undefined) return undefined;
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) {
    throw new TypeError(`${field} must be a valid Date`);
  }
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw new RangeError(`${field} must be in the years 1 to 9999`);
  }
  return {
    seconds: BigInt(seconds),
    nanos: (milliseconds - seconds * 1000) * NANOS_PER_MS + cutFrom(date),
  };
}

/**
 * The Date of a Timestamp, cut to milliseconds.
 *
 * @param timestamp The message; `undefined` for none.
 * @param field Name of what it is the value of, for the error.
 * @returns The date, or `undefined` where there is no message.
 * @throws {WireFormatError} When it is not in the years 1 to 9999, or its
 * nanoseconds are not those of one second.
 */
export function timestampFromMessage(
  timestamp: Timestamp | undefined,
  field: string,
): Date | undefined {
  if (timestamp === undefined) return undefined;
  const { seconds, nanos } = timestamp;
  if (
    seconds < MIN_SECONDS || seconds > MAX_SECONDS || nanos < 0 ||
    nanos > 999_999_999
  ) {
    throw new WireFormatError(
      `${field} is out of range: ${seconds} s and ${nanos} ns`,
    );
  }
  const rest = nanos % NANOS_PER_MS;
  const date = new Date(Number(seconds) * 1000 + (nanos - rest) / NANOS_PER_MS);
  if (rest > 0) cut.set(date, { time: date.getTime(), nanos: rest });
  return date;
}

function cutFrom(date: Date): number {
  const known = cut.get(date);
  // It may have been set to another time.
  return known?.time === date.getTime() ? known.nanos : 0;
}
