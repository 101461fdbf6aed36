/** `connectSql`: a client with its connection, and what stands around its calls. */

import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { FlightError, type FlightService, serve } from "@contrail/flight";
import { grpcJs } from "@contrail/flight/grpc-js";
import { clientRetry } from "@contrail/flight/middleware";
import { serverSessions, sessionMethods } from "@contrail/flight/session";
import { connectSql } from "@contrail/flight/sql/client";
import { assertFlightError } from "../../support/rejections.ts";
import { scriptedServer } from "./scripted_server.ts";

const TIMEOUT = { timeout: 60_000 };

/** A service with sessions. */
function serveWithSessions(more: FlightService = {}) {
  const { service } = scriptedServer();
  return serve({ ...service, ...sessionMethods(), ...more }, {
    interceptors: [serverSessions()],
  });
}

for (const transport of [undefined, grpcJs()]) {
  const name = transport === undefined ? "http2" : "grpc-js";

  test(
    `connectSql keeps the session of its server (${name})`,
    TIMEOUT,
    async () => {
      await using server = await serveWithSessions();
      await using client = connectSql(server.location, { transport });
      await client.use({ catalog: "sales", schema: "public" });
      assertEquals(Object.fromEntries(await client.getSessionOptions()), {
        catalog: "sales",
        schema: "public",
      });
      assertEquals(await client.closeSession(), "CLOSED");
      assertEquals((await client.query("numbers")).length, 5);
    },
  );
}

test("connectSql with cookies: false has no session", TIMEOUT, async () => {
  await using server = await serveWithSessions();
  await using client = connectSql(server.location, { cookies: false });
  await client.use({ catalog: "sales" });
  assertEquals((await client.getSessionOptions()).size, 0);
});

test(
  "connectSql sends the headers of the client, and of a call",
  TIMEOUT,
  async () => {
    const seen: (string | undefined)[] = [];
    const { service } = scriptedServer();
    await using server = await serve({
      ...service,
      getFlightInfo(descriptor, context) {
        const header = (name: string) => context.headers.get(name) as string;
        seen.push(header("x-tenant"), header("x-query"));
        return service.getFlightInfo!(descriptor, context);
      },
    });
    await using client = connectSql(server.location, {
      headers: { "x-tenant": "a" },
    });
    await client.query("numbers", undefined, { headers: { "x-query": "b" } });
    assertEquals(seen, ["a", "b"]);
  },
);

test(
  "connectSql retries by the interceptor of the client",
  TIMEOUT,
  async () => {
    let failures = 2;
    const { service } = scriptedServer();
    await using server = await serve({
      ...service,
      getFlightInfo(descriptor, context) {
        if (failures-- > 0) throw new FlightError("UNAVAILABLE", "restarting");
        return service.getFlightInfo!(descriptor, context);
      },
    });
    await using client = connectSql(server.location, {
      interceptors: [clientRetry({ initialBackoffMs: 1 })],
    });
    assertEquals((await client.query("numbers")).length, 5);
  },
);

test(
  "connectSql writes the placeholders and the quotation marks that it is told",
  TIMEOUT,
  async () => {
    const { service, calls } = scriptedServer();
    await using server = await serve(service);
    await using client = connectSql(server.location, { placeholders: "$1" });
    await client.sql`echo ${1} ${2}`;
    assertEquals(calls[0], "prepare echo $1 $2");
  },
);

test("connectSql refuses options that are wrong", () => {
  const location = "grpc://localhost:1";
  const make = (options: object) => () => connectSql(location, options);
  assertThrows(make({ cookies: "yes" }), TypeError, "cookies");
  assertThrows(make({ placeholders: ":" }), TypeError, "placeholders");
  assertThrows(make({ identifierQuote: "'" }), TypeError, "identifierQuote");
  assertThrows(make({ timeoutMs: -1 }), RangeError, "timeoutMs");
  assertThrows(() => connectSql("localhost"), TypeError, "location");
});

test(
  "connectSql reports a server that is not there with the first call",
  TIMEOUT,
  async () => {
    const server = await serve({});
    await server.shutdown();
    await using client = connectSql(server.location);
    await assertFlightError(client.catalogs(), "UNAVAILABLE");
  },
);
