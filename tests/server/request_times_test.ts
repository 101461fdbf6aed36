/** The options requestTimeoutMs and receiveStallTimeoutMs, on every transport. */

import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import {
  connect,
  type FlightService,
  type GrpcService,
  HealthService,
  pathDescriptor,
  serve,
  unaryMethod,
} from "@contrail/flight";
import {
  clientRetry,
  type FlightInterceptor,
} from "@contrail/flight/middleware";
import { connectInMemory } from "@contrail/flight/memory";

import { assertFlightError } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { rpcTest, waitingTest } from "../support/transports.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const HERE = pathDescriptor("here");

/** A client that never sends what it has to say. */
const silent: FlightInterceptor = (call, next) =>
  next({
    ...call,
    messages: {
      read: () => new Promise<undefined>(() => {}),
      cancel: (reason) => call.messages.cancel(reason),
    },
  });

/** A client that sends one message, and no more. */
const speechless: FlightInterceptor = (call, next) => {
  let isFirst = true;
  return next({
    ...call,
    messages: {
      read() {
        if (!isFirst) return new Promise<undefined>(() => {});
        isFirst = false;
        return call.messages.read();
      },
      cancel: (reason) => call.messages.cancel(reason),
    },
  });
};

const echo: GrpcService = {
  name: "test.Echo",
  methods: { Echo: unaryMethod((request) => request) },
};

const service: FlightService = {
  getFlightInfo: () => ({ endpoints: [] }),
  pollFlightInfo: () => ({ info: { endpoints: [] } }),
  getSchema: () => numbers(1).schema,
  listFlights: () => [],
  doGet: () => [numbers(1)],
  doAction: () => [],
  listActions: () => [],
  async *handshake(requests) {
    for await (const request of requests) yield request;
  },
  async doPut(upload) {
    for await (const _ of upload) { /* counts nothing */ }
  },
  async *doExchange(upload) {
    for await (const batch of upload) yield batch;
  },
};

rpcTest(
  "a call whose request does not come ends after requestTimeoutMs",
  async (connectTo) => {
    await using t = await connectTo(service, {
      requestTimeoutMs: 50,
      clientInterceptors: [silent],
      services: [echo, new HealthService()],
    });
    const { client } = t;
    const calls: Record<string, () => Promise<unknown>> = {
      GetFlightInfo: () => client.getFlightInfo(HERE),
      PollFlightInfo: () => client.pollFlightInfo(HERE),
      GetSchema: () => client.getSchema(HERE),
      ListFlights: () => Array.fromAsync(client.listFlights()),
      DoGet: () => client.doGet("t").table(),
      DoAction: () => Array.fromAsync(client.doAction("x")),
      ListActions: () => Array.fromAsync(client.listActions()),
      Handshake: () => Array.fromAsync(client.handshake().readable),
      "test.Echo/Echo": () => grpc("test.Echo/Echo"),
      "grpc.health.v1.Health/Check": () => grpc("grpc.health.v1.Health/Check"),
      "grpc.health.v1.Health/Watch": () => grpc("grpc.health.v1.Health/Watch"),
    };
    const grpc = (method: string) =>
      Array.fromAsync(client.call(method, [new Uint8Array()]));
    await Promise.all(
      Object.entries(calls).map(async ([method, call]) => {
        const error = await assertFlightError(call(), "DEADLINE_EXCEEDED");
        assertEquals(
          error.details,
          "no request came within 50 ms (option requestTimeoutMs)",
          method,
        );
      }),
    );
    assertEquals(t.errors, []);
  },
);

rpcTest(
  "a call whose request does not end ends after requestTimeoutMs",
  async (connectTo) => {
    await using t = await connectTo(service, {
      requestTimeoutMs: 50,
      clientInterceptors: [speechless],
    });
    for (
      const call of [
        t.client.getFlightInfo(HERE),
        t.client.doGet("t").table(),
      ]
    ) {
      const error = await assertFlightError(call, "DEADLINE_EXCEEDED");
      assertEquals(
        error.details,
        "the request did not end within 50 ms (option requestTimeoutMs)",
      );
    }
  },
);

for (const [transportName, transport] of TRANSPORTS) {
  test(`requestTimeoutMs gives back the place of a call (${transportName})`, async () => {
    await using server = await serve(service, {
      transport,
      requestTimeoutMs: 300,
      maxConcurrentCalls: 2,
    });
    await using silentClient = connect(server.location, {
      transport,
      interceptors: [silent],
    });
    await using client = connect(server.location, {
      transport,
      interceptors: [clientRetry({ maxAttempts: 100 })],
    });
    const held = [1, 2].map(() =>
      assertFlightError(
        silentClient.getFlightInfo(HERE),
        "DEADLINE_EXCEEDED",
      )
    );
    // Tries until there is a place.
    assertEquals((await client.getFlightInfo(HERE)).endpoints, []);
    await Promise.all(held);
    assertEquals((await client.getFlightInfo(HERE)).endpoints, []);
  });
}

waitingTest(
  "requestTimeoutMs does not hold for the time after the request",
  async (connectTo) => {
    await using t = await connectTo({
      async *doAction() {
        await new Promise((resolve) => setTimeout(resolve, 1200));
        yield { body: new Uint8Array(1) };
      },
      ...{ doPut: service.doPut!, doExchange: service.doExchange! },
    }, { requestTimeoutMs: 1000, clientInterceptors: [] });
    const { client } = t;
    const acting = Array.fromAsync(client.doAction("x"));
    // Nor for an upload, whose first batch may be long in the making.
    const upload = client.doPut(HERE);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await upload.writeAll([numbers(3)]);
    assertEquals((await acting).length, 1);
  },
);

rpcTest(
  "receiveStallTimeoutMs ends a call whose client sends no more",
  async (connectTo) => {
    await using t = await connectTo(service, {
      receiveStallTimeoutMs: 50,
      clientInterceptors: [speechless],
    });
    const { client } = t;
    const details =
      "the client sent no message for 50 ms (option receiveStallTimeoutMs)";
    const exchange = client.doExchange(HERE);
    exchange.writable.getWriter().write(numbers(1)).catch(() => {});
    const errors = await Promise.all(
      [
        Array.fromAsync(exchange.readable),
        client.doPut(HERE).writeAll([numbers(1), numbers(2)]),
        client.getFlightInfo(HERE),
      ].map((call) => assertFlightError(call, "DEADLINE_EXCEEDED")),
    );
    for (const error of errors) assertEquals(error.details, details);
  },
);

test("request times: times of requests that are none are refused", () => {
  for (const name of ["requestTimeoutMs", "receiveStallTimeoutMs"]) {
    for (const value of [0, -1, 1.5, 2 ** 31, NaN]) {
      assertThrows(
        () => connectInMemory({}, { [name]: value }),
        RangeError,
        name,
      );
    }
    assertThrows(
      () => connectInMemory({}, { [name]: "5" as never }),
      TypeError,
      name,
    );
  }
});
