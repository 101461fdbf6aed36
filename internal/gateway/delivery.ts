/** Data on its way through a gateway: counted, but not read. */

import { MESSAGE_HEADER } from "../arrow/arrow_format.ts";
import { FlightError } from "../core/flight_error.ts";
import { openMessage } from "../ipc/decode/message_reader.ts";
import type { FlightData } from "../protocol/flight_data.ts";
import type { CallRecord } from "./call_record.ts";
import type { CheckedOptions } from "./options.ts";
import type { Direction, Query } from "./queries.ts";

/** Makes the function that counts what passes by. It throws when that is too much. */
export function counterOf(
  options: CheckedOptions,
  query: Query,
  record: CallRecord,
  direction: Direction,
): (data: FlightData) => void {
  const passed = record[direction];
  const countsRows = query.limits.maxQueryRows !== Infinity ||
    options.audit !== undefined;
  return (data) => {
    const rows = countsRows ? rowsOf(data) : 0;
    const bytes = data.dataHeader.byteLength + data.dataBody.byteLength;
    passed.rows += rows;
    passed.bytes += bytes;
    query.count(direction, rows, bytes);
  };
}

/** Number of rows of a message: the length of its record batch. */
function rowsOf({ dataHeader }: FlightData): number {
  if (dataHeader.byteLength === 0) return 0;
  try {
    const { reader, headerType, header } = openMessage(dataHeader);
    return headerType === MESSAGE_HEADER.recordBatch && header !== 0
      ? Math.max(Number(reader.int64In(header, 0)), 0)
      : 0;
  } catch (error) {
    // The client will find out: data goes through unread.
    if (FlightError.is(error)) return 0;
    throw error;
  }
}
