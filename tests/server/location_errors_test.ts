/** Locations that cannot be used, where they are given and where a service names them. */

import { test } from "node:test";

import { connect, FlightError, pathDescriptor, serve } from "@contrail/flight";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";

const LOCATIONS: Record<string, string> = {
  "grpc+tcp://host": "the port is missing, and gRPC has no default",
  "grpc://host/": "the port is missing, and gRPC has no default",
  "grpc+tls://[::1]": "the port is missing, and gRPC has no default",
  "grpc+tcp://:8815": "the host is missing",
  "grpc://host:99999": "99999 is not a port (1 to 65535)",
  "grpc://host:8815/path":
    "it has more than host and port, or these are malformed",
  "grpc+unix://": "the path of the socket is missing",
  "grpc+unix:///a%zz": "its path has a % that begins no UTF-8",
  "host:8815": "it is not a URI",
  "https://host:8815": "the scheme https:// is not gRPC",
};

for (const [location, problem] of Object.entries(LOCATIONS)) {
  test(`connect: ${location} is refused: ${problem}`, () => {
    const { message } = assertThrows(() => connect(location), TypeError);
    assertEquals(
      message,
      `Cannot use location "${location}": ${problem}; expected ` +
        "grpc://host:port, grpc+tcp://host:port, grpc+tls://host:port or " +
        "grpc+unix:///path",
    );
  });
}

test("read: a location without a port is named as such", async () => {
  await using server = await serve({ doGet: () => undefined });
  await using client = connect(server.location);
  const read = async (uri: string): Promise<string> => {
    const error = await Array.fromAsync(client.read({
      descriptor: pathDescriptor("x"),
      endpoints: [{
        ticket: { ticket: Uint8Array.of(1) },
        locations: [{ uri }],
      }],
      ordered: false,
    })).catch((error) => error);
    return FlightError.is(error) ? error.details : String(error);
  };
  assertMatch(
    await read("grpc+tcp://worker.test"),
    /: grpc\+tcp:\/\/worker\.test: \[UNIMPLEMENTED\] the port is missing, and gRPC has no default$/,
  );
  // Possible secrets are not shown.
  assertMatch(
    await read("grpc+tcp://user:secret@worker.test"),
    /: grpc\+tcp:…: \[UNIMPLEMENTED\] it has more than host and port, or these are malformed$/,
  );
});
