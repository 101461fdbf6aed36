/** Location at which a server says that it is reached. */

import { test } from "node:test";

import {
  connect,
  pathDescriptor,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { TRANSPORTS } from "../support/transport_named.ts";

/** Returns the locations that a handler, an interceptor and a client see. */
async function locationsOf(
  options: ServeOptions,
): Promise<(string | undefined)[]> {
  let seen: string | undefined;
  await using server = await serve({
    getFlightInfo: (descriptor, { location }) => ({
      descriptor,
      endpoints: [{
        ticket: "x",
        locations: location ? [location] : [],
      }],
    }),
  }, {
    ...options,
    interceptors: [(call, next) => {
      if (call.side === "server") seen = call.location?.uri;
      return next(call);
    }],
  });
  await using client = connect(`grpc://127.0.0.1:${server.port}`);
  const info = await client.getFlightInfo(pathDescriptor("x"));
  const port = String(server.port);
  return [
    server.location.uri,
    seen,
    info.endpoints[0]!.locations[0]?.uri,
  ].map((uri) => uri?.replace(port, "PORT"));
}

for (const [transportName, transport] of TRANSPORTS) {
  test(`publicLocation: a server is where it has bound, or where it says (${transportName})`, async () => {
    const bound = "grpc+tcp://127.0.0.1:PORT";
    assertEquals(await locationsOf({ transport }), [bound, bound, bound]);
    const said = "grpc+tls://flight.example:443";
    assertEquals(
      await locationsOf({ transport, publicLocation: said }),
      [said, said, said],
    );
    assertEquals(
      await locationsOf({
        transport,
        hostname: "0.0.0.0",
        publicLocation: { uri: said },
      }),
      [said, said, said],
    );
    // Without a better one, all addresses are none.
    assertEquals(
      await locationsOf({ transport, hostname: "0.0.0.0" }),
      ["grpc+tcp://0.0.0.0:PORT", undefined, undefined],
    );
  });
}

test("publicLocation has to be a location that can be reached", async () => {
  for (
    const [publicLocation, problem] of [
      ["flight.example:443", "it is not a URI"],
      ["https://flight.example", "the scheme https:// is not gRPC"],
      ["grpc+tls://flight.example", "the port is missing"],
      ["grpc://0.0.0.0:8815", "clients elsewhere cannot connect to all"],
      ["grpc://[::]:8815", "clients elsewhere cannot connect to all"],
      [{}, "it is not a location"],
    ] as const
  ) {
    await assertRejects(
      () => serve({}, { publicLocation: publicLocation as string }),
      TypeError,
      `Cannot use option publicLocation: ${problem}`,
    );
  }
});

test("publicLocation: an endpoint on all addresses is warned of, once", async () => {
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (text: string) => void warnings.push(text);
  try {
    const hosts = [
      "0.0.0.0",
      "[::]",
      "[0:0:0:0:0:0:0:0]",
      "0",
      "10.0.0.1",
      "[::1]",
    ];
    const locations = hosts.map((host) => `grpc+tcp://${host}:8815`);
    const endpoint = { ticket: "x", locations };
    await using client = connectInMemory({
      *listFlights() {
        yield { endpoints: [endpoint] };
      },
      getFlightInfo: () => ({ endpoints: [endpoint] }),
      pollFlightInfo: () => ({ info: { endpoints: [endpoint] } }),
      renewFlightEndpoint: () => ({
        ticket: "x",
        locations: [{ uri: "grpc+tls://0.0.0.0:9" }],
      }),
    });
    await client.getFlightInfo(pathDescriptor("x"));
    assertEquals(warnings.length, 4);
    assertMatch(
      warnings[0]!,
      /^An endpoint has the location grpc\+tcp:\/\/0\.0\.0\.0:8815, which other machines cannot connect to\. .*publicLocation/,
    );
    const info = await client.getFlightInfo(pathDescriptor("x"));
    await client.pollFlightInfo(pathDescriptor("x"));
    await Array.fromAsync(client.listFlights());
    assertEquals(warnings.length, 4);
    await client.renewFlightEndpoint(info.endpoints[0]!);
    assertMatch(warnings[4]!, /grpc\+tls:\/\/0\.0\.0\.0:9/);
  } finally {
    console.warn = warn;
  }
});
