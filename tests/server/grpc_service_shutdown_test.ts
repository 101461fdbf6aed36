/** Further services of a server, when it shuts down. */

import { test } from "node:test";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { type GrpcService, serve } from "@contrail/flight";
import { rejection } from "../support/rejections.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

for (const [transportName, transport] of TRANSPORTS) {
  test(
    `GrpcService: services are told of the shutdown, once (${transportName})`,
    {
      timeout: 60_000,
    },
    async () => {
      let calls = 0;
      const service: GrpcService = {
        name: "a.B",
        methods: {},
        onShutdown: () => void calls++,
      };
      const server = await serve({}, { services: [service], transport });
      assertEquals(calls, 0);
      const first = server.shutdown();
      assertEquals(calls, 1);
      await Promise.all([first, server.shutdown({ timeoutMs: 0 })]);
      assertEquals(calls, 1);
    },
  );

  test(
    `GrpcService: a service that fails at the shutdown does not prevent it (${transportName})`,
    {
      timeout: 60_000,
    },
    async () => {
      const own = new Error("no way");
      const service: GrpcService = {
        name: "a.B",
        methods: {},
        onShutdown() {
          throw own;
        },
      };
      const server = await serve({}, { services: [service], transport });
      assertStrictEquals(await rejection(server.shutdown()), own);
      // The port is free again.
      await using _second = await serve({}, { port: server.port, transport });
    },
  );
}
