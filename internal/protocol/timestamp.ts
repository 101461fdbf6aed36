/** google.protobuf.Timestamp: Date. */

import { dateOf, type ExactTime, exactTime } from "../base/exact_time.ts";
import { field } from "../message/fields.ts";
import { converted, message, type MessageType } from "../message/message.ts";
import { int32, int64 } from "../message/scalars.ts";
import type { FieldPath } from "../message/field_path.ts";

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since 1970. */
const MIN_SECONDS = -62_135_596_800;
const MAX_SECONDS = 253_402_300_799;

const NANOS_PER_MS = 1_000_000;

/**
 * The codec of a time. Any time is decoded, also one that protobuf does not allow: some services send
 * the year 292 billion for "never". A Date that was received is sent back as it came.
 */
export const timestampCodec: MessageType<Date> = converted(
  message<ExactTime>("google.protobuf.Timestamp", {
    seconds: field(1, int64),
    nanos: field(2, int32),
  }),
  { decode: dateOf, encode: timeOf },
);

function timeOf(date: Date, path: FieldPath): ExactTime {
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) {
    throw new TypeError(`${path} must be a valid Date`);
  }
  const exact = exactTime(date);
  if (exact !== undefined) return { ...exact };
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw new RangeError(`${path} must be in the years 1 to 9999`);
  }
  return {
    seconds: BigInt(seconds),
    nanos: (milliseconds - seconds * 1000) * NANOS_PER_MS,
  };
}
