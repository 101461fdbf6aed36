/** Headers of calls that fail for good, behind interceptors that make calls again. */

import { FlightError } from "@contrail/flight";
import { clientBearerAuth } from "@contrail/flight/auth";
import {
  clientRetry,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { assertEquals, assertRejects } from "@std/assert";
import { interceptorTest } from "../support/transports.ts";

const REPEATERS: readonly (readonly [FlightInterceptor, attempts: number])[] = [
  [clientRetry({ maxAttempts: 2, initialBackoffMs: 0 }), 2],
  [clientBearerAuth(() => "token"), 1],
];

interceptorTest(
  "headers of a call that fails after repetitions reach the caller",
  async (connectTo) => {
    for (const [repeater, attempts] of REPEATERS) {
      let calls = 0;
      await using peer = await connectTo({
        doGet(_ticket, { responseHeaders }) {
          responseHeaders.set("x-attempt", String(++calls));
          throw new FlightError("UNAVAILABLE", "later");
        },
      }, { clientInterceptors: [repeater] });
      const seen: (string | undefined)[] = [];
      const stream = peer.client.doGet("x", {
        onHeaders: (headers) => void seen.push(headers.get("x-attempt")),
      });
      const error = await assertRejects(() => stream.table(), FlightError);
      assertEquals(error.code, "UNAVAILABLE");
      const last = String(attempts);
      assertEquals((await stream.headers).get("x-attempt"), last);
      assertEquals([seen, calls], [[last], attempts]);
    }
  },
);
