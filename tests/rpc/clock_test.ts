/** Deadlines are kept whatever happens to the clock of the day. */

import { assert, assertEquals } from "@std/assert";
import { FlightError } from "@contrail/flight";
import { clientRetry } from "@contrail/flight/middleware";
import { callTest as rpcTest } from "../support/transports.ts";

const HOUR_MS = 3_600_000;
const TIMEOUT_MS = 100_000;

rpcTest("the clock of the day may be set during a call", async (connectTo) => {
  const { now } = Date;
  let setBy = 0;
  Date.now = () => now() + setBy;
  try {
    const times: number[] = [];
    await using peer = await connectTo({
      getFlightInfo(_descriptor, { deadline }) {
        times.push(deadline!.getTime() - Date.now());
        if (times.length < 3) throw new FlightError("UNAVAILABLE", "not yet");
        return { endpoints: [] };
      },
    }, {
      clientInterceptors: [
        clientRetry({
          initialBackoffMs: 0,
          // Forward at first, then back.
          onRetry: () => setBy = setBy === 0 ? HOUR_MS : -HOUR_MS,
        }),
        async (call, next) => await next(call),
      ],
    });
    await peer.client.getFlightInfo("any", { timeoutMs: TIMEOUT_MS });
    assertEquals(times.length, 3);
    for (const time of times) {
      assert(time > 0 && time <= TIMEOUT_MS + 1, `${time} ms were left`);
    }
  } finally {
    Date.now = now;
  }
});
