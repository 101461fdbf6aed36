/** Tells errors apart, and makes a call again where that may help. */

import { connect, FlightError, serve } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
let calls = 0;
await using server = await serve({
  doGet(ticket) {
    if (ticket.text() !== "numbers") return undefined;
    // The first call comes too early.
    if (calls++ === 0) throw new FlightError("UNAVAILABLE", "starting up");
    return table;
  },
});

await using client = connect(server.location);
for (const ticket of ["numbers", "letters"]) {
  for (let attempt = 1; attempt <= 3; attempt++) {
    try {
      const { numRows } = await client.doGet(ticket).table();
      console.log(`${ticket}: ${numRows} rows`);
      break;
    } catch (error) {
      if (!FlightError.is(error)) throw error;
      console.log(`${ticket}: ${error.code}`);
      // `clientRetry()` of "@contrail/flight/middleware" does so for every call, with pauses.
      if (!error.isRetryable) break;
    }
  }
}
