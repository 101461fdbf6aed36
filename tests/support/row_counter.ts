/** A service that counts what it is sent. */

import type { FlightService } from "@contrail/flight";

/** Reads an upload to its end, and answers with its number of rows, in one byte. */
export const ROW_COUNTER: FlightService = {
  async doPut(upload) {
    let rows = 0;
    for await (const batch of upload) rows += batch.numRows;
    return [{ appMetadata: Uint8Array.of(rows) }];
  },
};
