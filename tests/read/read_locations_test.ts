/** `read` of endpoints that are elsewhere. */

import { test } from "node:test";
import * as net from "node:net";
import { assert, assertEquals } from "@std/assert";
import {
  connect,
  FlightError,
  REUSE_CONNECTION,
  serve,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { aborted, event, turns } from "../support/events.ts";
import { assertFlightError } from "../support/rejections.ts";
import { NUMBERS, numbers, values } from "../support/numbers.ts";
import {
  endpointOf,
  infoAt,
  infoOf,
  numbersOf,
  textOf,
  ticketsTo,
} from "../support/endpoints.ts";
import {
  deadPort,
  deafListener,
  forwarder,
  socketServer,
} from "../support/sockets.ts";
import {
  infoOfMany,
  locationTest,
  OPTIONS,
  serverOf,
} from "../support/locations.ts";

locationTest("read uses its own connection where it can", async (options) => {
  await using server = await serverOf(1, options);
  await using through = await forwarder(server.port);
  await using client = connect(through.location, {
    ...options,
    headers: { authorization: "secret" },
  });
  const { port } = new URL(through.location.replace("grpc+tcp", "http"));
  const own = [
    "",
    REUSE_CONNECTION.uri,
    "arrow-flight-reuse-connection://",
    through.location,
    `grpc://127.0.0.1:${port}`,
    `GRPC+TCP://127.0.0.1:${port}/`,
  ];
  assertEquals(await numbersOf(client.read(infoAt())), [1]);
  for (const location of own) {
    assertEquals(await numbersOf(client.read(infoAt(location))), [1], location);
  }
  assertEquals(through.accepted, 1);
  assertEquals(
    server.seen.map(({ headers }) => headers.get("authorization")),
    server.seen.map(() => "secret"),
  );
});

locationTest(
  "read knows its own location by any spelling",
  async ({ transport }) => {
    await using server = await serve({
      doGet: (_ticket, { headers }) =>
        headers.get("authorization") === "secret" ? numbers(1) : undefined,
    }, { transport, hostname: "localhost", shutdownTimeoutMs: 0 });
    await using client = connect(server.location, {
      transport,
      headers: { authorization: "secret" },
    });
    const { port } = server;
    for (const location of [`grpc://LOCALHOST:${port}`, server.location.uri]) {
      assertEquals(
        await numbersOf(client.read(infoAt(location))),
        [1],
        location,
      );
    }
  },
);

locationTest(
  "read shares one connection to each location, for later reads too",
  async (options) => {
    await using home = await serverOf(0, options);
    await using one = await serverOf(1, options);
    await using two = await serverOf(2, options);
    await using toOne = await forwarder(one.port);
    await using toTwo = await forwarder(two.port);
    {
      await using client = connect(home.location, options);
      for (let i = 0; i < 2; i++) {
        const info = infoOf([], {
          endpoints: ticketsTo(20).map((n) =>
            endpointOf(n, [Number(n) % 2 ? toOne.location : toTwo.location])
          ),
          ordered: true,
        });
        assertEquals(
          await numbersOf(client.read(info)),
          ticketsTo(20).map((n) => Number(n) % 2 ? 1 : 2),
        );
      }
      assertEquals([toOne.accepted, toTwo.accepted], [1, 1]);
      assertEquals([toOne.sockets.size, toTwo.sockets.size], [1, 1]);
      assertEquals(home.seen.length, 0);
    }
    // Closing the client closes them.
    while (toOne.sockets.size + toTwo.sockets.size > 0) await turns(1);
  },
);

locationTest("read closes connections that nobody uses", async (options) => {
  await using home = await serverOf(0, options);
  await using other = await serverOf(1, options);
  await using through = await forwarder(other.port);
  await using client = connect(home.location, {
    ...options,
    locationIdleMs: 20,
  });
  for (let i = 1; i <= 2; i++) {
    assertEquals(await numbersOf(client.read(infoAt(through.location))), [1]);
    assertEquals(through.accepted, i);
    while (through.sockets.size > 0) await turns(1);
  }
});

locationTest(
  "read does not close a connection that a slow reader uses",
  async (options) => {
    await using home = await serverOf(0, options);
    await using other = await serverOf(1, options, {
      doGet: (ticket) =>
        ["short", "first"].includes(textOf(ticket))
          ? numbers(0)
          : [numbers(1), numbers(2)],
    });
    await using through = await forwarder(other.port);
    await using client = connect(home.location, {
      ...options,
      locationIdleMs: 20,
    });
    const at = (...tickets: string[]) =>
      infoOf([], {
        endpoints: tickets.map((ticket) =>
          endpointOf(ticket, [through.location])
        ),
        ordered: true,
      });
    // Leaves a connection that would be closed soon, if it were not used again.
    assertEquals(await numbersOf(client.read(at("first"))), [0]);
    const reader = client.read(at("short", "long")).getReader();
    for (const expected of [0, 1]) {
      assertEquals(values((await reader.read()).value!), [expected]);
    }
    // On a busy machine it may have been closed before.
    const { accepted } = through;
    await turns(60);
    assertEquals([through.sockets.size, through.accepted], [1, accepted]);
    assertEquals(values((await reader.read()).value!), [2]);
    assert((await reader.read()).done);
  },
);

test(
  "read keeps only so many connections that nobody uses",
  OPTIONS,
  async () => {
    await using inner = connectInMemory({ doGet: () => numbers(1) });
    let opened = 0;
    let most = 0;
    let closed = 0;
    {
      await using client = connectInMemory({}, {
        connectLocation() {
          most = Math.max(most, ++opened - closed);
          return {
            doGet: (ticket, options) => inner.doGet(ticket, options),
            close() {
              closed++;
              return Promise.resolve();
            },
          };
        },
      });
      const info = infoOf([], {
        endpoints: ticketsTo(200).map((n) =>
          endpointOf("t", [`grpc+tcp://host-${n}:1`])
        ),
      });
      assertEquals((await numbersOf(client.read(info))).length, 200);
      assertEquals(opened, 200);
      // Four of them are in use.
      assert(most <= 32 + 4, `${most} were open`);
    }
    assertEquals(closed, 200);
  },
);

locationTest("read goes to the next location", async (options) => {
  await using home = await serverOf(0, options);
  await using other = await serverOf(1, options);
  await using deaf = await deafListener();
  await using down = await serverOf(2, options, {
    doGet() {
      throw new FlightError("UNAVAILABLE", "under repair");
    },
  });
  await using client = connect(home.location, options);
  const dead = `grpc+tcp://127.0.0.1:${await deadPort()}`;
  const read = (...locations: string[]) =>
    numbersOf(client.read(infoAt(...locations)));
  assertEquals(await read(dead, other.location.uri), [1]);
  assertEquals(await read(deaf.location, other.location.uri), [1]);
  assertEquals(await read(down.location.uri, other.location.uri), [1]);
  assertEquals(await read(dead, REUSE_CONNECTION.uri), [0]);
  assertEquals(await read("s3://bucket", "x", other.location.uri), [1]);
  await assertFlightError(
    read(dead),
    "UNAVAILABLE",
    /\(endpoints\[0\], read from grpc\+tcp:\/\/127\.0\.0\.1:\d+\)$/,
  );
  const error = await assertFlightError(
    read(dead, down.location.uri, "ftp://user:password@host/path?key=1"),
    "UNAVAILABLE",
  );
  // Those that were found to be down come last.
  assertEquals(
    error.details.replaceAll(/127\.0\.0\.1:\d+/g, "HOST")
      .replace(/(cannot connect to grpc\+tcp:\/\/HOST).*?;/, "$1;")
      .replace(/; grpc\+tcp.*; grpc\+tcp.*/, "; …"),
    "no location of endpoints[0] can be read: " +
      "ftp:…: [UNIMPLEMENTED] it is neither a gRPC location nor http:// or https://; …",
  );
  assert(error.details.includes("[UNAVAILABLE] under repair"), error.details);
  assert(error.details.includes(`${dead}: [UNAVAILABLE] `), error.details);
  assertEquals((error.cause as AggregateError).errors.length, 3);
});

locationTest(
  "read remembers for a while which location is down",
  async (options) => {
    await using home = await serverOf(0, options);
    await using other = await serverOf(1, options);
    await using deaf = await deafListener();
    await using client = connect(home.location, options);
    const info = infoOfMany(20, deaf.location, other.location.uri);
    const all = await numbersOf(client.read(info, { maxParallelEndpoints: 1 }));
    assertEquals(all.length, 20);
    assert(deaf.accepted <= 2, `${deaf.accepted} attempts`);
    // When there is no other, it is tried again.
    const before = deaf.accepted;
    await assertFlightError(
      numbersOf(client.read(infoAt(deaf.location))),
      "UNAVAILABLE",
    );
    assert(deaf.accepted > before);
  },
);

locationTest(
  "read: a connection that is cut before the first batch does no harm",
  async (options) => {
    const called = event();
    await using home = await serverOf(0, options);
    await using stuck = await serverOf(1, options, {
      async *doGet(_ticket, { signal }) {
        yield { schema: NUMBERS };
        called.resolve();
        await aborted(signal);
      },
    });
    await using other = await serverOf(2, options);
    await using through = await forwarder(stuck.port);
    await using client = connect(home.location, options);
    const stream = client.read(infoAt(through.location, other.location));
    assertEquals((await stream.schema).fields.length, 1);
    await called.promise;
    await through.cut();
    assertEquals(await numbersOf(stream), [2]);
  },
);

locationTest(
  "read: a connection that is cut after the first batch is an error",
  async (options) => {
    await using home = await serverOf(0, options);
    await using first = await serverOf(1, options, {
      async *doGet(_ticket, { signal }) {
        yield numbers(1);
        await aborted(signal);
      },
    });
    await using other = await serverOf(2, options);
    await using through = await forwarder(first.port);
    await using client = connect(home.location, options);
    const reader = client.read(infoAt(through.location, other.location))
      .getReader();
    assertEquals(values((await reader.read()).value!), [1]);
    await through.cut();
    await assertFlightError(
      reader.read(),
      "UNAVAILABLE",
      /endpoints\[0\], read from grpc\+tcp:\/\/127\.0\.0\.1:\d+; a part of it was delivered, so no other location is tried\)$/,
    );
    assertEquals(other.seen.length, 0);
  },
);

locationTest(
  "read: a server that goes away in the middle of many endpoints",
  async (options) => {
    await using home = await serverOf(0, options);
    let calls = 0;
    await using first = await serverOf(1, options, {
      async *doGet(_ticket, { signal }) {
        if (++calls === 11) {
          await through.cut();
          await aborted(signal);
        }
        yield numbers(1);
      },
    });
    await using other = await serverOf(2, options);
    await using through = await forwarder(first.port);
    await using client = connect(home.location, options);
    const info = infoOfMany(40, through.location, other.location.uri);
    const all = await numbersOf(client.read(info, { maxParallelEndpoints: 1 }));
    assertEquals(all, [...Array(10).fill(1), ...Array(30).fill(2)]);
  },
);

locationTest(
  "read: other errors than UNAVAILABLE are not tried elsewhere",
  async (options) => {
    await using home = await serverOf(0, options);
    await using other = await serverOf(1, options);
    await using without = await serverOf(2, options, {
      doGet: () => undefined,
    });
    await using client = connect(home.location, options);
    await assertFlightError(
      numbersOf(client.read(infoAt(without.location, other.location))),
      "NOT_FOUND",
      /\(endpoints\[0\], read from grpc\+tcp:/,
    );
    assertEquals(other.seen.length, 0);
  },
);

locationTest(
  "read does not wait long for a silent location while there is another one",
  async (options) => {
    await using home = await serverOf(1, options);
    // As behind a firewall that drops all packets.
    await using silent = await socketServer(() => {});
    await using client = connect(home.location, {
      ...options,
      connectTimeoutMs: 2 ** 31 - 1,
      locationTimeoutMs: 20,
    });
    const info = infoOf([], {
      endpoints: Array.from(
        { length: 8 },
        () => endpointOf("1", [silent.location, REUSE_CONNECTION.uri]),
      ),
    });
    for (let i = 0; i < 2; i++) {
      assertEquals(await numbersOf(client.read(info)), Array(8).fill(1));
      // All share one attempt, and the next read knows.
      assertEquals(silent.accepted, 1);
    }
  },
);

locationTest(
  "read waits connectTimeoutMs for the only location, and no longer for others",
  async (options) => {
    await using home = await serverOf(1, options);
    await using silent = await socketServer(() => {});
    await using client = connect(home.location, {
      ...options,
      connectTimeoutMs: 1000,
      locationTimeoutMs: 2 ** 31 - 1,
    });
    await assertFlightError(
      client.read(infoAt(silent.location)).table(),
      "UNAVAILABLE",
      /no connection within 1000 ms \(option connectTimeoutMs\)/,
    );
    const both = infoAt(silent.location, REUSE_CONNECTION.uri);
    assertEquals(await numbersOf(client.read(both)), [1]);
  },
);

locationTest(
  "read shares a connection between endpoints with and without another location",
  async (options) => {
    await using home = await serverOf(0, options);
    await using other = await serverOf(1, options);
    await using through = await forwarder(other.port);
    await using client = connect(home.location, options);
    const places = [
      [through.location],
      [through.location, REUSE_CONNECTION.uri],
    ];
    for (let i = 0; i < 2; i++) {
      const info = infoOf([], {
        endpoints: ticketsTo(10).map((n) =>
          endpointOf(n, places[Number(n) % 2]!)
        ),
      });
      assertEquals(await numbersOf(client.read(info)), Array(10).fill(1));
      assertEquals(through.accepted, 1);
    }
    assertEquals(home.seen.length, 0);
  },
);

locationTest(
  "an endpoint without another location waits on for the connection of others",
  async (options) => {
    await using home = await serverOf(0, options);
    await using other = await serverOf(1, options);
    const open = event();
    // It forwards once the endpoint that has another location has gone there.
    await using late = await socketServer(async (socket) => {
      await open.promise;
      const further = net.connect(other.port, "127.0.0.1");
      further.on("error", () => socket.destroy());
      socket.on("close", () => further.destroy());
      socket.pipe(further).pipe(socket);
    });
    await using client = connect(home.location, {
      ...options,
      connectTimeoutMs: 2 ** 31 - 1,
      locationTimeoutMs: 20,
    });
    const info = infoOf([], {
      endpoints: [
        endpointOf("1", [late.location]),
        endpointOf("2", [late.location, REUSE_CONNECTION.uri]),
      ],
    });
    const found: number[] = [];
    for await (const batch of client.read(info)) {
      found.push(...batch.getChild("n")!.toArray());
      open.resolve();
    }
    assertEquals(found, [0, 1]);
    assertEquals(late.accepted, 1);
  },
);
