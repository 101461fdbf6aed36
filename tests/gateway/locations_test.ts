/** Locations that a backend names for its results, and loops of gateways. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import {
  connect,
  FlightError,
  type FlightServer,
  type FlightService,
  serve,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSqlGateway } from "@contrail/flight/gateway";
import { freePorts } from "../../tools/free_ports.ts";
import { deadPort } from "../support/sockets.ts";
import { assertFlightError } from "../support/rejections.ts";
import { gatewayOver, rowsUpTo } from "./backends.ts";

const TIMEOUT = { timeout: 60_000 };

/** A backend whose result is at some locations, and at itself. */
function named(...uris: string[]): FlightService {
  return {
    getFlightInfo: () => ({
      endpoints: [{
        ticket: "t",
        locations: uris.map((uri) => ({ uri })),
      }],
    }),
    doGet: () => rowsUpTo(3),
  };
}

test("locations that cannot be used are left out", TIMEOUT, async () => {
  const uris = [
    "grpc://",
    "grpc+foo://127.0.0.1:1",
    "grpc://127.0.0.1:99999",
    "grpc+unix://",
    "s3://bucket/result",
    "",
    "grpc://[::1",
    "grpc+tls://127.0.0.1:1?x=y",
    `grpc://127.0.0.1:${await deadPort()}`,
  ];
  for (const uri of uris) {
    await using front = await gatewayOver([named(uri)]);
    await using client = connectInMemory(front.gateway);
    assertEquals((await client.getTable("x")).numRows, 3, uri);
  }
  await using front = await gatewayOver([named(...uris)]);
  await using client = connectInMemory(front.gateway);
  assertEquals((await client.getTable("x")).numRows, 3);
});

test(
  "a location that wants credentials is left out: it gets none",
  TIMEOUT,
  async () => {
    for (const code of ["UNAUTHENTICATED", "PERMISSION_DENIED"] as const) {
      await using other = await serve({
        doGet() {
          throw new FlightError(code, "no token");
        },
      });
      await using front = await gatewayOver([named(other.location.uri)]);
      await using client = connectInMemory(front.gateway);
      assertEquals((await client.getTable("x")).numRows, 3, code);
    }
  },
);

test(
  "the error of a location that has the data is final",
  TIMEOUT,
  async () => {
    await using other = await serve({
      doGet() {
        throw new FlightError("DATA_LOSS", "the disk is broken");
      },
    });
    await using front = await gatewayOver([named(other.location.uri)]);
    await using client = connectInMemory(front.gateway);
    await assertFlightError(
      client.getTable("x"),
      "DATA_LOSS",
      /disk is broken/,
    );
  },
);

test(
  "a location that is the gateway itself is left out",
  TIMEOUT,
  async () => {
    const uris: string[] = [];
    await using front = await gatewayOver([{
      ...named(),
      getFlightInfo: () => ({
        endpoints: [{
          ticket: "t",
          locations: uris.map((uri) => ({ uri })),
        }],
      }),
    }]);
    await using server = await serve(front.gateway);
    uris.push(server.location.uri);
    await using client = connect(server.location);
    assertEquals((await client.getTable("x")).numRows, 3);
  },
);

test("a gateway that leads back to itself says so", TIMEOUT, async () => {
  const ports = await freePorts(3);
  let calls = 0;
  const audit = () => void calls++;
  const servers: FlightServer[] = [];
  await using _ = {
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((one) => one.shutdown({ timeoutMs: 0 })));
    },
  };
  const at = (index: number) => `grpc://127.0.0.1:${ports[index]}`;
  // The first is its own backend, the other two are each other's.
  for (const [index, backend] of [[0, 0], [1, 2], [2, 1]] as const) {
    servers.push(
      await serve(flightSqlGateway(at(backend), { audit }), {
        port: ports[index]!,
      }),
    );
  }
  for (const { location } of servers.slice(0, 2)) {
    await using client = connect(location);
    for (
      const call of [
        () => client.getFlightInfo("x"),
        () => client.pollFlightInfo("x"),
        () => Array.fromAsync(client.listFlights()),
        () => Array.fromAsync(client.listActions()),
        () => Array.fromAsync(client.doAction("x")),
        () => client.putTable("x", rowsUpTo(1)),
        () => client.doExchange("x", rowsUpTo(1)).table(),
      ]
    ) {
      await assertFlightError(
        call(),
        "UNAVAILABLE",
        /leads back to the gateway/,
      );
    }
  }
  assert(calls < 50, `${calls} calls`);
});

test("gateways in a chain are no loop", TIMEOUT, async () => {
  await using front = await gatewayOver([named()]);
  await using inner = await serve(front.gateway);
  await using middle = flightSqlGateway(inner.location);
  await using server = await serve(middle);
  await using outer = flightSqlGateway(server.location);
  await using client = connectInMemory(outer);
  assertEquals((await client.getTable("x")).numRows, 3);
});
