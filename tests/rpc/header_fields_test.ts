/** Headers and trailers that are sent, and the option maxHeaderFields, on every transport. */

import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import { FlightHeaders, type FlightService } from "@contrail/flight";

import { connectInMemory } from "@contrail/flight/memory";
import { flightError } from "../support/transport/call_parts.ts";
import { callTest as rpcTest } from "../support/transports.ts";
import { assertThrows } from "@std/assert";
import { tableFromArrays } from "apache-arrow";

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

/** Those that belong to gRPC, to HTTP or to the connection; no side can set them. */
const OWN = [
  "connection",
  "content-length",
  "content-type",
  "grpc-encoding",
  "grpc-message",
  "grpc-status",
  "grpc-timeout",
  "host",
  "te",
  "transfer-encoding",
];

rpcTest(
  "headers and trailers are the same on every transport",
  async (connectTo) => {
    const sent = new FlightHeaders([
      ["x-spaces", "  a b  "],
      ["x-blank", "  "],
      ["x-empty", ""],
      ["x-bytes-bin", Uint8Array.of(0, 255)],
      ["x-bytes-bin", Uint8Array.of()],
      ...OWN.map((name) => [name, "made up"] as const),
    ]);
    const carried = (headers: FlightHeaders) =>
      [...headers].filter(([name]) =>
        name !== "x-user-agent" && name !== "x-grpc-web" &&
        (name.startsWith("x-") || OWN.includes(name))
      );
    const expected: [string, string | Uint8Array][] = [
      ["x-spaces", "a b"],
      ["x-blank", ""],
      ["x-empty", ""],
      ["x-bytes-bin", Uint8Array.of(0, 255)],
      ["x-bytes-bin", Uint8Array.of()],
    ];
    const byName = ([a]: unknown[], [b]: unknown[]) =>
      String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
    let received: FlightHeaders | undefined;
    await using t = await connectTo({
      doGet(_ticket, { headers, responseHeaders, responseTrailers }) {
        received = headers;
        for (const [name, value] of sent) {
          responseHeaders.append(name, value);
          responseTrailers.append(name, value);
        }
        return tableFromArrays({ n: [1] });
      },
    });
    const stream = t.client.doGet("x", { headers: sent });
    assertEquals((await stream.table()).numRows, 1);
    for (
      const headers of [received!, await stream.headers, await stream.trailers]
    ) {
      // HTTP/1.1 sorts them.
      assertEquals(carried(headers).sort(byName), expected.toSorted(byName));
    }
  },
);

test("a header whose value is neither text nor bytes is named", () => {
  for (const value of [5, undefined, null, new Map()]) {
    assertThrows(
      () => new FlightHeaders({ token: value as unknown as string }),
      TypeError,
      'Cannot set header "token": the value is ',
    );
  }
});
