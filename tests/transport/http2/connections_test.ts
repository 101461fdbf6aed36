/** Clients with several connections to one server. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  connect,
  type ConnectOptions,
  type FlightClient,
  type FlightService,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import { grpcJs } from "@contrail/flight/grpc-js";

import { certified, pem } from "../../support/certs.ts";
import { event, turns, until } from "../../support/events.ts";
import { filled } from "../../support/numbers.ts";
import { forwarder, socketServer } from "../../support/sockets.ts";

const OPTIONS = { timeout: 60_000 };

/** A service that knows from where it was called, and holds calls until it is told. */
function holding(): {
  readonly service: FlightService;
  /** The peers of all calls. */
  readonly peers: string[];
  /** Ends the held calls. */
  release(): void;
} {
  const peers: string[] = [];
  const held = event();
  return {
    service: {
      async *doAction({ type }, { peer }) {
        peers.push(peer);
        if (type === "hold") await held.promise;
        yield { body: new TextEncoder().encode(peer) };
      },
      async *doGet() {
        while (true) yield await Promise.resolve(filled(100_000, 1));
      },
    },
    peers,
    release: () => held.resolve(),
  };
}

function hold(client: FlightClient): Promise<string[]> {
  return call(client, "hold");
}

async function call(client: FlightClient, type = "now"): Promise<string[]> {
  const results = await Array.fromAsync(
    client.doAction(type, { timeoutMs: 30_000 }),
  );
  return results.map(({ body }) => new TextDecoder().decode(body));
}

function countsOf(values: readonly string[]): number[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].sort();
}

async function spreads(
  listen: ServeOptions,
  options: ConnectOptions,
): Promise<void> {
  const { service, peers, release } = holding();
  await using server = await serve(service, listen);
  await using client = connect(server.location, { ...options, connections: 3 });
  const calls = Array.from({ length: 9 }, () => hold(client));
  await until(() => peers.length === 9);
  release();
  await Promise.all(calls);
  // All clients of a Unix socket have the same name.
  if (!listen.path) assertEquals(countsOf(peers), [3, 3, 3]);
}

test("connections: calls are spread over all of them", OPTIONS, async () => {
  await spreads({}, {});
});

test(
  "connections: calls are spread over all of them with TLS",
  OPTIONS,
  async () => {
    await spreads({ tls: certified("server") }, {
      tls: { rootCertificates: pem("ca_cert") },
    });
  },
);

test("connections: several are made to a Unix socket", OPTIONS, async () => {
  const folder = mkdtempSync(join(tmpdir(), "flight_connections_"));
  try {
    await spreads({ path: join(folder, "flight.sock") }, {});
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test(
  "connections: there is one by default, for all calls",
  OPTIONS,
  async () => {
    const { service, peers, release } = holding();
    await using server = await serve(service);
    await using client = connect(server.location);
    const calls = Array.from({ length: 4 }, () => hold(client));
    await until(() => peers.length === 4);
    release();
    await Promise.all(calls);
    assertEquals(countsOf(peers), [4]);
  },
);

test("connections: calls one after the other take turns", OPTIONS, async () => {
  const { service, peers } = holding();
  await using server = await serve(service);
  await using client = connect(server.location, { connections: 2 });
  for (let i = 0; i < 6; i++) await call(client);
  assertEquals(countsOf(peers), [3, 3]);
});

test(
  "connections: a call that is not read leaves its connection to others last",
  OPTIONS,
  async () => {
    const { service, peers } = holding();
    await using server = await serve(service);
    await using client = connect(server.location, { connections: 2 });
    const stream = client.doGet("endless");
    await stream.schema;
    for (let i = 0; i < 4; i++) await call(client);
    assertEquals(countsOf(peers), [4]);
    await stream.cancel();
  },
);

test(
  "connections: one that is lost is made anew, and no call fails",
  OPTIONS,
  async () => {
    const { service, peers } = holding();
    await using server = await serve(service);
    await using network = await forwarder(server.port);
    await using client = connect(network.location, { connections: 3 });
    for (let i = 0; i < 3; i++) await call(client);
    assertEquals(network.accepted, 3);
    const [first] = network.sockets;
    first!.destroy();
    await until(() => network.sockets.size === 2);
    await turns(20);
    for (let i = 0; i < 6; i++) await call(client);
    assertEquals(network.accepted, 4);
    assertEquals(network.sockets.size, 3);
    assertEquals(new Set(peers).size, 4);
  },
);

test(
  "connections: without room for all of them, calls use those that work",
  OPTIONS,
  async () => {
    const { service, peers, release } = holding();
    await using server = await serve(service, { maxConnections: 2 });
    await using client = connect(server.location, { connections: 4 });
    // The first one proves that the server works.
    await call(client);
    const calls = Array.from({ length: 8 }, () => hold(client));
    await until(() => peers.length === 9);
    release();
    await Promise.all(calls);
    for (let i = 0; i < 20; i++) await call(client);
    assertEquals(new Set(peers).size, 2);
  },
);

test(
  "connections: calls use those that work while others are not answered",
  OPTIONS,
  async () => {
    const { service, peers } = holding();
    await using server = await serve(service);
    let accepted = 0;
    await using network = await socketServer((socket) => {
      // All but the first are accepted, and that is all.
      if (accepted++ > 0) return;
      const forward = createConnection(server.port, "127.0.0.1");
      forward.on("error", () => {});
      socket.pipe(forward).pipe(socket);
    });
    await using client = connect(`grpc://127.0.0.1:${network.port}`, {
      connections: 3,
      connectTimeoutMs: 3_600_000,
    });
    for (let i = 0; i < 20; i++) await call(client);
    assertEquals(new Set(peers).size, 1);
    assertEquals(accepted, 3);
  },
);

test("connections: calls fail when none can be made", OPTIONS, async () => {
  const server = await serve({});
  const { location } = server;
  await server.shutdown();
  await using client = connect(location, { connections: 2 });
  const errors = await Promise.all(
    Array.from({ length: 4 }, () => call(client).catch(String)),
  );
  for (const error of errors) assertMatch(String(error), /cannot connect to/);
});

test(
  "connections: calls go on while a server is replaced",
  OPTIONS,
  async () => {
    const { service } = holding();
    const before = await serve(service);
    await using client = connect(before.location, { connections: 3 });
    for (let i = 0; i < 3; i++) await call(client);
    await before.shutdown();
    await using after = await serve(holding().service, { port: before.port });
    for (let i = 0; i < 6; i++) await call(client);
    assertEquals(after.port, before.port);
  },
);

test(
  "connections: close() closes all, and ends their calls",
  OPTIONS,
  async () => {
    const { service, peers, release } = holding();
    await using server = await serve(service);
    await using network = await forwarder(server.port);
    const client = connect(network.location, { connections: 3 });
    const calls = Array.from({ length: 3 }, () => hold(client).catch(String));
    await until(() => peers.length === 3);
    assertEquals(network.sockets.size, 3);
    await client.close();
    for (const error of await Promise.all(calls)) {
      assertMatch(String(error), /the client was closed/);
    }
    await until(() => network.sockets.size === 0);
    release();
  },
);

test("connections: the number is checked", () => {
  for (const connections of [0, 1.5, 1025, -1]) {
    const error = assertThrows(
      () => connect("grpc://localhost:1", { connections }),
      RangeError,
    );
    assert(error.message.includes("option connections"), error.message);
  }
  assertThrows(
    () => connect("grpc://localhost:1", { connections: "2" as never }),
    TypeError,
    "option connections",
  );
});

test("connections: grpc-js has one, and says so", async () => {
  const transport = grpcJs();
  assertThrows(
    () => connect("grpc://localhost:1", { connections: 2, transport }),
    TypeError,
    "Cannot use option connections: the transport grpc-js has one connection",
  );
  await connect("grpc://localhost:1", { connections: 1, transport }).close();
});
