/** google.protobuf.Timestamp: Date. */

import { dateOf, exactTime } from "../../protocol/exact_time.ts";
import type { Timestamp } from "../../../proto/google/protobuf/timestamp.ts";

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since 1970. */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;

const NANOS_PER_MS = 1_000_000;

/**
 * The Timestamp of a Date: one that was received, as it came.
 *
 * @param date The time; `undefined` for none.
 * @param field Name of the field, for the error.
 * @returns The message, or `undefined` where there is no date.
 * @throws {TypeError} When it is not a Date, or an invalid one.
 * @throws {RangeError} When it is not in the years 1 to 9999, and was not received so.
 */
export function timestampToMessage(
  date: Date | undefined,
  field: string,
): Timestamp | undefined {
  if (date === undefined) return undefined;
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) {
    throw new TypeError(`${field} must be a valid Date`);
  }
  const exact = exactTime(date);
  if (exact !== undefined) return { ...exact };
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw new RangeError(`${field} must be in the years 1 to 9999`);
  }
  return {
    seconds: BigInt(seconds),
    nanos: (milliseconds - seconds * 1000) * NANOS_PER_MS,
  };
}

/**
 * The Date of a Timestamp. Any time is accepted, also one that protobuf does not allow: some services
 * send the year 292 billion for "never".
 *
 * @param timestamp The message; `undefined` for none.
 * @returns The date, or `undefined` where there is no message.
 */
export function timestampFromMessage(
  timestamp: Timestamp | undefined,
): Date | undefined {
  return timestamp && dateOf(timestamp);
}
