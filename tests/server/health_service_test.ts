/** The health service, as clients see it. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  connect,
  type GrpcMethod,
  HealthService,
  serve,
} from "@contrail/flight";
import type { FlightClient } from "@contrail/flight/memory";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event, turns } from "../support/events.ts";
import { protoCall } from "./proto_call.ts";
import { rpcTest } from "../support/transports.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const FLIGHT = "arrow.flight.protocol.FlightService";

async function check(client: FlightClient, service: string): Promise<unknown> {
  const answers = protoCall(client, "grpc.health.v1.Health/Check", [
    { service },
  ]);
  const [answer] = await Array.fromAsync(answers);
  return answer?.status;
}

async function list(client: FlightClient): Promise<unknown> {
  const [answer] = await Array.fromAsync(
    protoCall(client, "grpc.health.v1.Health/List", [{}]),
  );
  return answer?.statuses;
}

/** The next status that is watched; undefined at the end. */
type Next = () => Promise<unknown>;

function watch(
  client: FlightClient,
  service: string,
): { next: Next; cancel: () => Promise<void> } {
  const reader = protoCall(client, "grpc.health.v1.Health/Watch", [
    { service },
  ]).getReader();
  return {
    next: async () => (await reader.read()).value?.status,
    cancel: () => reader.cancel(),
  };
}

rpcTest(
  "HealthService: Check: the server and Flight are SERVING by default",
  async (connectTo) => {
    await using peer = await connectTo({}, { services: [new HealthService()] });
    assertEquals(await check(peer.client, ""), "SERVING");
    assertEquals(await check(peer.client, FLIGHT), "SERVING");
    assertEquals(await list(peer.client), {
      "": { status: "SERVING" },
      [FLIGHT]: { status: "SERVING" },
    });
  },
);

rpcTest(
  "HealthService: Check and List: statuses that are set, and forgotten",
  async (connectTo) => {
    const health = new HealthService({ "": "NOT_SERVING", "a.B": "UNKNOWN" });
    await using peer = await connectTo({}, { services: [health] });
    const { client } = peer;
    assertEquals(await check(client, ""), "NOT_SERVING");
    assertEquals(await check(client, "a.B"), "UNKNOWN");
    health.set("", "SERVING").set("c", "SERVING");
    assertEquals(await check(client, ""), "SERVING");
    assertEquals(health.delete("a.B"), true);
    assertEquals(health.delete("a.B"), false);
    assertEquals(await list(client), {
      "": { status: "SERVING" },
      c: { status: "SERVING" },
    });
    for (const service of ["a.B", FLIGHT]) {
      await assertFlightError(
        check(client, service),
        "NOT_FOUND",
        `[not found] grpc.health.v1.Health/Check: unknown service "${service}"`,
      );
    }
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "HealthService: List: more than 100 services are too many",
  async (connectTo) => {
    const health = new HealthService({});
    for (let i = 0; i < 100; i++) health.set(`s${i}`, "SERVING");
    await using peer = await connectTo({}, { services: [health] });
    assertEquals(Object.keys(await list(peer.client) as object).length, 100);
    health.set("", "SERVING");
    await assertFlightError(
      list(peer.client),
      "RESOURCE_EXHAUSTED",
      /there are 101 services, and only 100 can be listed/,
    );
  },
);

rpcTest(
  "HealthService: Watch: the status now, and every change",
  async (connectTo) => {
    const health = new HealthService();
    await using peer = await connectTo({}, { services: [health] });
    const all = watch(peer.client, "");
    const flight = watch(peer.client, FLIGHT);
    const later = watch(peer.client, "later");
    assertEquals(await all.next(), "SERVING");
    assertEquals(await flight.next(), "SERVING");
    assertEquals(await later.next(), "SERVICE_UNKNOWN");
    // The same status is no change.
    health.set(FLIGHT, "SERVING");
    health.set(FLIGHT, "NOT_SERVING");
    assertEquals(await flight.next(), "NOT_SERVING");
    health.set("later", "UNKNOWN");
    assertEquals(await later.next(), "UNKNOWN");
    health.delete("later");
    assertEquals(await later.next(), "SERVICE_UNKNOWN");
    health.set("", "UNKNOWN");
    assertEquals(await all.next(), "UNKNOWN");
    await Promise.all([all, flight, later].map(({ cancel }) => cancel()));
  },
);

rpcTest(
  "HealthService: Watch: whoever reads slowly is told the latest",
  async (connectTo) => {
    const health = new HealthService({ "": "SERVING" });
    await using peer = await connectTo({}, { services: [health] });
    const { next, cancel } = watch(peer.client, "");
    assertEquals(await next(), "SERVING");
    // Without a turn between them, so that the watch sees only the last one.
    for (let i = 0; i < 10_000; i++) {
      health.set("", i % 2 ? "SERVING" : "UNKNOWN");
    }
    health.set("", "NOT_SERVING");
    assertEquals(await next(), "NOT_SERVING");
    await cancel();
  },
);

rpcTest(
  "HealthService: Watch: nothing is left of a client that has gone",
  async (connectTo) => {
    const ended = event();
    const { name, methods } = new HealthService();
    const Watch: GrpcMethod = async function* (requests, context) {
      yield* (await methods.Watch!(requests, context)) ?? [];
      // Not reached before the watch has come to its end by itself.
      ended.resolve();
    };
    await using peer = await connectTo({}, {
      services: [{ name, methods: { Watch } }],
    });
    const { next, cancel } = watch(peer.client, "nobody");
    assertEquals(await next(), "SERVICE_UNKNOWN");
    await cancel();
    await ended.promise;
  },
);

rpcTest(
  "HealthService: drain: NOT_SERVING, whatever is set later",
  async (connectTo) => {
    const health = new HealthService({ "": "SERVING", "a.B": "UNKNOWN" });
    await using peer = await connectTo({}, { services: [health] });
    const { client } = peer;
    const { next, cancel } = watch(client, "");
    const unknown = watch(client, "c");
    assertEquals(await next(), "SERVING");
    assertEquals(await unknown.next(), "SERVICE_UNKNOWN");
    health.drain();
    assertEquals(await next(), "NOT_SERVING");
    health.set("", "SERVING");
    health.set("c", "SERVING");
    // It is known now, and does not serve either.
    assertEquals(await unknown.next(), "NOT_SERVING");
    assertEquals(health.get(""), "NOT_SERVING");
    assertEquals(health.get("nobody"), undefined);
    for (const service of ["", "a.B", "c"]) {
      assertEquals(await check(client, service), "NOT_SERVING");
    }
    // The watching goes on, for a balancer may look again.
    await Promise.all([cancel(), unknown.cancel()]);
  },
);

rpcTest(
  "HealthService: a name that nobody has is not kept",
  async (connectTo) => {
    await using peer = await connectTo({}, { services: [new HealthService()] });
    const long = "x".repeat(1025);
    for (
      const call of [watch(peer.client, long).next(), check(peer.client, long)]
    ) {
      await assertFlightError(call, "INVALID_ARGUMENT", /1024 characters/);
    }
    await assertFlightError(check(peer.client, "x".repeat(1024)), "NOT_FOUND");
  },
);

rpcTest(
  "HealthService: requests that are malformed or missing",
  async (connectTo) => {
    await using peer = await connectTo({}, { services: [new HealthService()] });
    for (const method of ["Check", "List", "Watch"]) {
      const call = (...requests: Uint8Array[]) =>
        Array.fromAsync(
          peer.client.call(`grpc.health.v1.Health/${method}`, requests),
        );
      await assertFlightError(call(), "UNIMPLEMENTED", /without a request/);
      // A truncated field.
      await assertFlightError(
        call(Uint8Array.of(10, 5, 65)),
        "INVALID_ARGUMENT",
        /Cannot decode Health(Check|List)Request: truncated field/,
      );
    }
    assertEquals(peer.errors, []);
  },
);

test("HealthService: a HealthService takes only names and statuses", async () => {
  const health = new HealthService();
  const problem = async (run: () => unknown) =>
    String(await rejection((async () => await run())()));
  assertEquals(
    await problem(() => health.set("a", "SERVICE_UNKNOWN" as never)),
    'TypeError: Cannot set the health of "a": the status must be one of ' +
      "UNKNOWN, SERVING, NOT_SERVING",
  );
  assertEquals(
    await problem(() => health.set(1 as never, "SERVING")),
    "TypeError: Cannot set a health: the service is not a string",
  );
  assertEquals(
    await problem(() => health.set("x".repeat(1025), "SERVING")),
    "RangeError: Cannot set a health: the name of the service has more than 1024 characters",
  );
  assertEquals(
    await problem(() => new HealthService({ a: true as never })),
    'TypeError: Cannot set the health of "a": the status must be one of ' +
      "UNKNOWN, SERVING, NOT_SERVING",
  );
  assertEquals(health.get("a"), undefined);
});

for (const [transportName, transport] of TRANSPORTS) {
  test(
    `HealthService: a shutdown tells the watching, and does not wait for it (${transportName})`,
    {
      timeout: 60_000,
    },
    async () => {
      const health = new HealthService();
      const server = await serve({}, {
        services: [health],
        transport,
        // Longer than the test may take.
        shutdownTimeoutMs: 600_000,
      });
      await using client = connect(server.location, { transport });
      const { next } = watch(client, "");
      const unknown = watch(client, "nobody");
      assertEquals(await next(), "SERVING");
      assertEquals(await unknown.next(), "SERVICE_UNKNOWN");
      await turns(5);
      const closed = server.shutdown();
      assertEquals(health.get(FLIGHT), "NOT_SERVING");
      assertEquals(await next(), "NOT_SERVING");
      assertEquals(await next(), undefined);
      assertEquals(await unknown.next(), undefined);
      await closed;
    },
  );

  test(`HealthService: servers may share a health service (${transportName})`, {
    timeout: 60_000,
  }, async () => {
    const health = new HealthService();
    const options = { services: [health], transport };
    await using probed = await serve({}, options);
    const server = await serve({}, options);
    await using client = connect(probed.location, { transport });
    assertEquals(await check(client, ""), "SERVING");
    await server.shutdown();
    assertEquals(await check(client, ""), "NOT_SERVING");
    const { next } = watch(client, "");
    assertEquals([await next(), await next()], ["NOT_SERVING", undefined]);
    assert(health.get("") === "NOT_SERVING");
  });
}
