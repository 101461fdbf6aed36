/** The option maxHeaderFields, on every transport. */

import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { FlightHeaders, type FlightService } from "@contrail/flight";

import { connectInMemory } from "@contrail/flight/memory";
import { flightError } from "../support/transport/call_parts.ts";
import { callTest as rpcTest } from "../support/transports.ts";
import { assertThrows } from "@std/assert";

const few = fields(10);
const many = fields(50);

function fields(count: number): FlightHeaders {
  return new FlightHeaders(
    Array.from({ length: count }, (_, i) => [`x-${i}`, "a"] as const),
  );
}

/** Sends headers and trailers as the name of the action says. */
const service: FlightService = {
  *doAction({ type }, { responseHeaders, responseTrailers }) {
    const [headers, trailers] = type.split(" ");
    for (const [name, value] of headers === "many" ? many : few) {
      responseHeaders.append(name, value);
    }
    for (const [name, value] of trailers === "many" ? many : few) {
      responseTrailers.append(name, value);
    }
    yield { body: new Uint8Array(1) };
  },
};

rpcTest(
  "maxHeaderFields bounds what a call brings, each way",
  async (connectTo) => {
    await using t = await connectTo(service, { maxHeaderFields: 32 });
    const call = async (type: string, headers: FlightHeaders) =>
      await Array.fromAsync(t.client.doAction(type, { headers }));
    assertEquals((await call("few few", few)).length, 1);
    for (
      const [what, type, headers] of [
        ["headers", "few few", many],
        ["headers", "many few", few],
        ["trailers", "few many", few],
      ] as const
    ) {
      const error = await flightError(call(type, headers));
      assertEquals(
        error.code,
        "RESOURCE_EXHAUSTED",
        `${type}: ${error.details}`,
      );
      assertMatch(
        error.details,
        new RegExp(
          `^the ${what} have [56]\\d values, more than the limit of 32 ` +
            "\\(option maxHeaderFields\\)$",
        ),
      );
    }
    assertEquals((await call("few few", few)).length, 1);
  },
);

test("maxHeaderFields out of range is refused in memory too", () => {
  assertThrows(
    () => connectInMemory({}, { maxHeaderFields: 0 }),
    RangeError,
    "maxHeaderFields",
  );
});
