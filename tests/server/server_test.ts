/** The life of a server and of a connection, over TCP. */

import { test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  connect,
  FlightError,
  type FlightServer,
  serve,
} from "@contrail/flight";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { numbers, values } from "../support/numbers.ts";

const OPTIONS = { timeout: 60_000 };

/** A service whose doGet gives a batch, waits for `release`, and gives another. */
function waiting(): {
  service: { doGet: () => AsyncIterable<ReturnType<typeof numbers>> };
  started: Promise<void>;
  release: () => void;
} {
  const started = event();
  const released = event();
  return {
    service: {
      async *doGet() {
        yield numbers(1);
        started.resolve();
        await released.promise;
        yield numbers(2);
      },
    },
    started: started.promise,
    release: () => released.resolve(),
  };
}

test(
  "serve(): port 0 binds a free port, and the location leads to it",
  OPTIONS,
  async () => {
    await using server = await serve({
      listActions: () => [{ type: "a", description: "b" }],
    });
    assert(server.port > 0);
    assertEquals(server.location.uri, `grpc+tcp://127.0.0.1:${server.port}`);
    for (
      const location of [
        server.location,
        `grpc://localhost:${server.port}`,
        server.location.uri,
      ]
    ) {
      await using client = connect(location);
      assertEquals((await Array.fromAsync(client.listActions())).length, 1);
    }
  },
);

test(
  "serve(): two servers of one port: the second says which address, and why",
  OPTIONS,
  async () => {
    await using server = await serve({});
    const error = await assertFlightError(
      serve({}, { port: server.port }),
      "UNAVAILABLE",
      new RegExp(`127\\.0\\.0\\.1:${server.port}.*address already in use`, "i"),
    );
    assertEquals(error.origin, "transport");
  },
);

test("serve(): wrong options are the caller's mistakes", OPTIONS, async () => {
  for (const port of [-1, 65_536, 1.5, NaN]) {
    assert(
      await rejection(serve({}, { port })) instanceof RangeError,
      `port ${port}`,
    );
  }
  assert(
    await rejection(serve({}, { maxReceiveMessageBytes: 0 })) instanceof
      RangeError,
  );
  for (const shutdownTimeoutMs of [-1, NaN]) {
    const error = await rejection(serve({}, { shutdownTimeoutMs }));
    assert(error instanceof RangeError, `${error}`);
    assertMatch(error.message, /^Cannot use option shutdownTimeoutMs: /);
  }
  for (
    const location of [
      "localhost:1",
      "http://localhost:1",
      "grpc://localhost",
      "grpc://:1",
      "grpc://h:0",
      "grpc://h:65536",
      "grpc://h:1/path",
      "grpc://user@h:1",
      "grpc+unix://",
      "arrow-flight-reuse-connection://?",
      "",
    ]
  ) {
    const error = await rejection(
      Promise.resolve().then(() => connect(location)),
    );
    assert(error instanceof TypeError, `${location}: ${error}`);
    assert(error.message.includes(JSON.stringify(location)), error.message);
  }
});

test(
  "serve(): a graceful shutdown lets calls end, and refuses new ones",
  OPTIONS,
  async () => {
    const { service, started, release } = waiting();
    const server = await serve(service);
    await using client = connect(server.location);
    const reader = client.doGet("t").getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    const second = reader.read();
    await started;
    const stopped = server.shutdown();
    release();
    assertEquals(values((await second).value!), [2]);
    assertEquals((await reader.read()).done, true);
    await stopped;
    await server.closed;
    await assertFlightError(
      Array.fromAsync(client.doGet("t", { timeoutMs: 20_000 })),
      "UNAVAILABLE",
    );
    await server.shutdown();
  },
);

test(
  "serve(): a shutdown with a deadline cancels what is left, on both sides",
  OPTIONS,
  async () => {
    const reasons: unknown[] = [];
    const server = await serve({
      async *doGet(_ticket, { signal }) {
        yield numbers(1);
        reasons.push(await aborted(signal));
      },
    });
    await using client = connect(server.location);
    const reader = client.doGet("t").getReader();
    await reader.read();
    const failed = assertFlightError(reader.read(), "UNAVAILABLE");
    const patient = server.shutdown({ timeoutMs: 60_000 });
    await server.shutdown({ timeoutMs: 0 });
    await patient;
    await failed;
    assert(
      FlightError.is(reasons[0]) && reasons[0].code === "UNAVAILABLE",
      `got ${reasons[0]}`,
    );
    assert(
      await rejection(server.shutdown({ timeoutMs: -1 })) instanceof RangeError,
    );
  },
);

test(
  "serve(): aborting the signal of serve shuts the server down",
  OPTIONS,
  async () => {
    const controller = new AbortController();
    const server: FlightServer = await serve({}, { signal: controller.signal });
    controller.abort();
    await server.closed;
  },
);

test(
  "serve(): a client finds its server again after a restart",
  OPTIONS,
  async () => {
    const service = { doGet: () => [numbers(7)] };
    const first = await serve(service);
    await using client = connect(first.location);
    assertEquals((await Array.fromAsync(client.doGet("t"))).map(values), [[7]]);
    await first.shutdown({ timeoutMs: 0 });
    await assertFlightError(Array.fromAsync(client.doGet("t")), "UNAVAILABLE");
    await using _second = await serve(service, { port: first.port });
    // The back-off of the transport decides when the connection is tried again.
    for (;;) {
      try {
        assertEquals((await Array.fromAsync(client.doGet("t"))).map(values), [[
          7,
        ]]);
        return;
      } catch (error) {
        if (!FlightError.is(error) || error.code !== "UNAVAILABLE") throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  },
);
