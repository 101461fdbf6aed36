/** The option `transport` of `connect` and `serve`. */

import { test } from "node:test";
import {
  connect,
  type ConnectOptions,
  type FlightInfo,
  serve,
} from "@contrail/flight";
import { grpcJs } from "@contrail/flight/grpc-js";
import {
  connectInMemory,
  type ConnectInMemoryOptions,
} from "@contrail/flight/memory";
import {
  flightTransport,
  type TransportEnds,
} from "@contrail/flight/transport";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { numbers } from "../support/numbers.ts";
import { endpointOf, infoOf, numbersOf } from "../support/endpoints.ts";

/** Values that are no transport, and what the error advises. */
const WRONG: readonly (readonly [value: unknown, text: string])[] = [
  [
    "grpc-js",
    '"grpc-js" is not a transport; use grpcJs() of "@contrail/flight/grpc-js"',
  ],
  [
    "http2",
    '"http2" is not a transport; leave the option out, HTTP/2 is the default',
  ],
  [
    "http3",
    '"http3" is not a transport; leave the option out, or use grpcJs() of "@contrail/flight/grpc-js"',
  ],
  [grpcJs, "a function is not a transport; call the function, as in grpcJs()"],
  [{ name: "grpc-js" }, "an object is not a transport; leave the option out"],
  [null, "null is not a transport; leave the option out"],
];

for (const [value, text] of WRONG) {
  const options = { transport: value } as ConnectOptions;
  const message = `Cannot use option transport: ${text}`;
  const shown = typeof value === "function" ? "grpcJs" : JSON.stringify(value);

  test(`connect() refuses ${shown} as a transport`, () => {
    assertThrows(() => connect("grpc://h:1", options), TypeError, message);
  });

  test(`serve() refuses ${shown} as a transport`, async () => {
    await assertRejects(
      () => serve({}, { transport: options.transport }),
      TypeError,
      message,
    );
  });
}

test("grpcJs() gives a transport for any number of clients and servers", async () => {
  const transport = grpcJs();
  assertEquals(transport.name, "grpc-js");
  assertEquals(String(transport), "[object FlightTransport]");
  const service = { listActions: () => [{ type: "a", description: "" }] };
  await using one = await serve(service, { transport });
  await using two = await serve(service, { transport });
  for (const { location } of [one, one, two]) {
    await using client = connect(location, { transport });
    assertEquals((await Array.fromAsync(client.listActions())).length, 1);
  }
});

test("read() reaches other locations by the transport of the client", async () => {
  const agents: (string | undefined)[] = [];
  await using other = await serve({
    doGet(_ticket, { headers }) {
      agents.push(headers.get("user-agent"));
      return numbers(7);
    },
  });
  await using server = await serve({});
  const info: FlightInfo = infoOf([], {
    endpoints: [endpointOf("7", [other.location.uri])],
  });
  for (const transport of [grpcJs(), undefined]) {
    await using client = connect(server.location, { transport });
    assertEquals(await numbersOf(client.read(info)), [7]);
  }
  assertEquals(agents.map((agent) => /grpc-node/.test(agent ?? "")), [
    true,
    false,
  ]);
});

test("connect() refuses the option fetch by its new name", () => {
  assertThrows(
    () => connect("grpc://h:1", { fetch } as ConnectOptions),
    TypeError,
    "Cannot use option fetch: it is now called fetchLocation",
  );
});

test("flightTransport() refuses a transport without a name or an end", () => {
  const cases: readonly (readonly [name: unknown, ends: unknown, string])[] = [
    ["", { connect() {} }, 'its name is "", not a text'],
    [5, { connect() {} }, "its name is 5, not a text"],
    ["x", {}, "transport x: it has neither connect nor listen"],
    ["x", undefined, "transport x: it has neither connect nor listen"],
    ["x", { connect: true }, "option connect: true is not a function"],
    ["x", { listen: "y" }, 'option listen: "y" is not a function'],
  ];
  for (const [name, ends, text] of cases) {
    assertThrows(
      () => flightTransport(name as string, ends as TransportEnds),
      TypeError,
      text,
    );
  }
});

test("connect() and serve() refuse a transport without their end", async () => {
  const fail = () => {
    throw new Error("must not be called");
  };
  assertThrows(
    () =>
      connect("grpc://h:1", {
        transport: flightTransport("half", { listen: fail }),
      }),
    TypeError,
    "Cannot use option transport: half has no connect(), it is for servers only",
  );
  await assertRejects(
    () => serve({}, { transport: flightTransport("half", { connect: fail }) }),
    TypeError,
    "Cannot use option transport: half has no listen(), it is for clients only",
  );
});

test("connectInMemory() refuses the old name of the window", () => {
  assertThrows(
    () => connectInMemory({}, { windowBytes: 5 } as ConnectInMemoryOptions),
    TypeError,
    "Cannot use option windowBytes: it is now called flowControlWindowBytes",
  );
});
