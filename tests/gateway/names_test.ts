/** Names of backends whose addresses change, or are not found. */

import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { flightSqlGateway } from "@contrail/flight/gateway";
import { until } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { startBackend } from "./backends.ts";

const TIMEOUT = { timeout: 60_000 };

test(
  "a replica that has left and ended is let go, with its connection",
  TIMEOUT,
  async () => {
    let addresses = ["127.0.0.1", "127.0.0.2"];
    await using first = await startBackend({ hostname: "127.0.0.1" });
    const { port } = first.server;
    const second = await startBackend({ hostname: "127.0.0.2", port });
    await using gateway = flightSqlGateway(`grpc://db.example:${port}`, {
      resolve: () => Promise.resolve(addresses),
      resolveIntervalMs: 5,
      healthIntervalMs: 5,
      healthTimeoutMs: 5_000,
    });
    await using flight = connectInMemory(gateway);
    const client = flightSql(flight);
    const infos = await Promise.all(
      Array.from({ length: 8 }, () => client.query("SELECT n").info()),
    );
    const leaving = gateway.replicas.find(({ location }) =>
      location.uri.includes("127.0.0.2")
    )!;
    addresses = ["127.0.0.1"];
    await until(() => gateway.replicas.length === 1);
    // It still serves what is bound to it, however often it is checked.
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const info of infos) {
      assertEquals((await flight.read(info).table()).numRows, 3);
    }
    await second[Symbol.asyncDispose]();
    await until(() => !leaving.isUp);
    // The address may be given to another server later.
    await using third = await startBackend({ hostname: "127.0.0.2", port });
    addresses = ["127.0.0.2"];
    await until(() =>
      gateway.replicas.length === 1 && gateway.replicas[0] !== leaving &&
      gateway.replicas[0]!.location.uri === leaving.location.uri
    );
    assertEquals((await client.query("SELECT n")).length, 3);
    assert(third.handlers.log.length > 0);
  },
);

test(
  "a name that is not found at first is looked for with the next call",
  TIMEOUT,
  async () => {
    await using backend = await startBackend();
    let asked = 0;
    await using gateway = flightSqlGateway(
      `grpc://db.example:${backend.server.port}`,
      {
        async resolve() {
          if (asked++ > 0) return await Promise.resolve(["127.0.0.1"]);
          throw new Error("the name server is down");
        },
      },
    );
    await using flight = connectInMemory(gateway);
    const client = flightSql(flight);
    await assertFlightError(
      client.query("SELECT n").info(),
      "UNAVAILABLE",
      /no backend for new work/,
    );
    assertEquals((await client.query("SELECT n")).length, 3);
  },
);

test(
  "a name whose resolution hangs, or makes no sense, does not keep others from work",
  TIMEOUT,
  async () => {
    await using backend = await startBackend();
    const { port } = backend.server;
    const answers = new Map<string, () => Promise<string[]>>([
      ["hangs.example", () => new Promise(() => {})],
      ["none.example", () => Promise.resolve(undefined as never)],
      ["odd.example", () => Promise.resolve(["no address at all", ""])],
      ["throws.example", () => {
        throw new Error("a mistake");
      }],
      ["db.example", () => Promise.resolve(["127.0.0.1"])],
    ]);
    await using gateway = flightSqlGateway(
      [...answers.keys()].map((name) => `grpc://${name}:${port}`),
      { resolve: (name) => answers.get(name)!(), resolveIntervalMs: 50 },
    );
    await using flight = connectInMemory(gateway);
    assertEquals((await flightSql(flight).query("SELECT n")).length, 3);
  },
);
