/** Methods of Flight that take one request, on every transport. */

import { assertEquals } from "@std/assert";
import { assertFlightError } from "../support/rejections.ts";
import { rpcTest } from "../support/transports.ts";

rpcTest("methods of Flight with one request refuse two", async (connectTo) => {
  const unwanted = () => {
    throw new Error("a handler was called");
  };
  await using peer = await connectTo({
    listFlights: unwanted,
    getFlightInfo: unwanted,
    pollFlightInfo: unwanted,
    getSchema: unwanted,
    doGet: unwanted,
    doAction: unwanted,
    listActions: unwanted,
  }, {
    // clientRetry() sends the first request alone.
    clientInterceptors: [],
  });
  for (
    const method of [
      "ListFlights",
      "GetFlightInfo",
      "PollFlightInfo",
      "GetSchema",
      "DoGet",
      "DoAction",
      "ListActions",
    ]
  ) {
    const request = Uint8Array.of(10, 1, 116);
    await assertFlightError(
      Array.fromAsync(
        peer.client.call(`arrow.flight.protocol.FlightService/${method}`, [
          request,
          request,
        ]),
      ),
      "UNIMPLEMENTED",
      `[unimplemented] ${method}: the call has more than one request, and the method takes one`,
    );
  }
  assertEquals(peer.errors, []);
});
