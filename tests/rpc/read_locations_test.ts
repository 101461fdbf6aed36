/** `read` of endpoints that are elsewhere. */

import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  connect,
  type ConnectOptions,
  encodeSchema,
  type FlightCallContext,
  FlightError,
  type FlightInfo,
  type FlightServer,
  type FlightService,
  type LocationClient,
  REUSE_CONNECTION,
  serve,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import {
  aborted,
  assertFlightError,
  event,
  filled,
  NUMBERS,
  numbers,
  turns,
  values,
} from "./data.ts";
import {
  endpointOf,
  infoAt,
  infoOf,
  numbersOf,
  textOf,
  ticketsTo,
} from "./endpoints.ts";
import { deadPort, deafListener, forwarder } from "./sockets.ts";

const SCHEMA = encodeSchema(NUMBERS);

const OPTIONS = { timeout: 120_000 };

/** A test for each transport that has locations. */
function locationTest(
  name: string,
  run: (options: ConnectOptions) => Promise<void>,
): void {
  for (const transport of ["http2", "grpc-js"] as const) {
    test(`${name} (${transport})`, OPTIONS, () => run({ transport }));
  }
}

/** A server that gives one number, and what it has seen. */
async function serverOf(
  n: number,
  options: ConnectOptions,
  service: FlightService = { doGet: () => numbers(n) },
): Promise<FlightServer & { readonly seen: FlightCallContext[] }> {
  const seen: FlightCallContext[] = [];
  const server = await serve({
    ...service,
    doGet(ticket, context) {
      seen.push(context);
      return service.doGet?.(ticket, context);
    },
  }, { transport: options.transport, shutdownTimeoutMs: 0 });
  return Object.assign(server, { seen });
}

/** So many endpoints, all at the same locations. */
function infoOfMany(count: number, ...locations: string[]): FlightInfo {
  return infoOf([], {
    endpoints: ticketsTo(count).map((n) => endpointOf(n, locations)),
  });
}

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
      assertEquals([toOne.open, toTwo.open], [1, 1]);
      assertEquals(home.seen.length, 0);
    }
    // Closing the client closes them.
    while (toOne.open + toTwo.open > 0) await turns(1);
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
    while (through.open > 0) await turns(1);
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
    await turns(60);
    assertEquals([through.open, through.accepted], [1, 1]);
    assertEquals(values((await reader.read()).value!), [2]);
    assert((await reader.read()).done);
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
  "read does not tell other locations who the client is",
  async (options) => {
    await using home = await serverOf(0, options);
    await using other = await serverOf(1, options, {
      doGet(_ticket, { headers }) {
        if (headers.get("authorization") !== "secret") {
          throw new FlightError("UNAUTHENTICATED", "who are you?");
        }
        return numbers(1);
      },
    });
    const headers = { authorization: "secret" };
    const { location } = other;
    const hint =
      /^\[unauthenticated\] DoGet: who are you\? \(endpoints\[0\], read from grpc\+tcp:\S+; headers and certificates of a client go to other locations only by option connectLocation\)$/;

    await using all = connect(home.location, { ...options, headers });
    await assertFlightError(
      numbersOf(all.read(infoAt(location))),
      "UNAUTHENTICATED",
      hint,
    );
    await using none = connect(home.location, options);
    await assertFlightError(
      numbersOf(none.read(infoAt(location), { headers })),
      "UNAUTHENTICATED",
      hint,
    );
    assertEquals(
      other.seen.map(({ headers }) => headers.get("authorization")),
      [undefined, undefined],
    );
    // The service itself may have the endpoint as well.
    assertEquals(
      await numbersOf(all.read(infoAt(location, REUSE_CONNECTION))),
      [0],
    );
    assertEquals(home.seen[0]!.headers.get("authorization"), "secret");

    await using trusting = connect(home.location, {
      ...options,
      connectLocation: (location) => connect(location, options),
    });
    assertEquals(
      await numbersOf(trusting.read(infoAt(location), { headers })),
      [1],
    );
  },
);

locationTest("read connects as connectLocation says", async (options) => {
  await using home = await serverOf(0, options);
  await using one = await serverOf(1, options);
  await using two = await serverOf(2, options);
  const closed: string[] = [];
  const asked: string[] = [];
  {
    await using client = connect(home.location, {
      ...options,
      connectLocation(location): LocationClient | undefined {
        asked.push(location.uri);
        if (location.uri !== one.location.uri) return undefined;
        const inner = connect(location, {
          ...options,
          headers: { "x-from": "callback" },
        });
        return {
          doGet: (ticket, options) => inner.doGet(ticket, options),
          async close() {
            closed.push(location.uri);
            await inner.close();
          },
        };
      },
    });
    for (const ordered of [true, false]) {
      const info = { ...infoOfMany(5, one.location.uri), ordered };
      assertEquals((await numbersOf(client.read(info))).length, 5);
    }
    assertEquals(one.seen[0]!.headers.get("x-from"), "callback");
    assertEquals(
      await numbersOf(client.read(infoAt(two.location, one.location))),
      [1],
    );
    await assertFlightError(
      numbersOf(client.read(infoAt(two.location))),
      "UNIMPLEMENTED",
      /option connectLocation does not connect to it$/,
    );
    assertEquals(closed, []);
  }
  assertEquals(closed, [one.location.uri]);
  assertEquals(asked.filter((uri) => uri === one.location.uri).length, 1);
  assertEquals(two.seen.length, 0);
});

locationTest(
  "read: what connectLocation throws is the error",
  async (options) => {
    await using home = await serverOf(0, options);
    await using other = await serverOf(1, options);
    await using client = connect(home.location, {
      ...options,
      connectLocation() {
        throw new RangeError("a bug of the application");
      },
    });
    const error = await numbersOf(client.read(infoAt(other.location)))
      .catch((error) => error);
    assertEquals(error.message, "a bug of the application");
    assertEquals(await numbersOf(client.read(infoAt())), [0]);
  },
);

test(
  "a client in memory reads other locations by connectLocation only",
  OPTIONS,
  async () => {
    await using other = await serverOf(1, {});
    await using without = connectInMemory({ doGet: () => numbers(0) });
    await assertFlightError(
      numbersOf(without.read(infoAt(other.location))),
      "UNIMPLEMENTED",
      /this client cannot connect to it \(option connectLocation\)$/,
    );
    assertEquals(
      await numbersOf(without.read(infoAt(other.location, REUSE_CONNECTION))),
      [0],
    );
    await using client = connectInMemory({ doGet: () => numbers(0) }, {
      connectLocation: (location) => connect(location),
    });
    const info = infoOf([], {
      endpoints: [endpointOf("0"), endpointOf("1", [other.location])],
      ordered: true,
    });
    assertEquals(await numbersOf(client.read(info)), [0, 1]);
  },
);

test("options for other locations are checked", () => {
  for (const locationIdleMs of [0, -1, 0.5, 2 ** 31]) {
    assertThrows(
      () => connectInMemory({}, { locationIdleMs }),
      RangeError,
      "Cannot use option locationIdleMs",
    );
  }
  for (const option of ["connectLocation", "fetch"]) {
    assertThrows(
      // deno-lint-ignore no-explicit-any
      () => connectInMemory({}, { [option]: "yes" } as any),
      TypeError,
      `Cannot use option ${option}: it is not a function`,
    );
  }
});

/** Endpoints whose data does not fit into the windows, in order. */
function ofMegabytes(count: number): FlightInfo {
  return infoOf(ticketsTo(count), { ordered: true, schema: SCHEMA });
}

locationTest(
  "an ordered read of one connection with narrow windows does not stall",
  async (options) => {
    await using server = await serverOf(0, options, {
      *doGet(ticket) {
        for (let i = 0; i < 64; i++) yield filled(4096, Number(textOf(ticket)));
      },
    });
    await using client = connect(server.location, {
      ...options,
      flowControlWindowBytes: 65_535,
      maxUnreadBytes: 65_535,
    });
    assertEquals(client.maxUnreadCalls, 0);
    const seen: number[] = [];
    for await (
      const batch of client.read(ofMegabytes(8), { maxParallelEndpoints: 8 })
    ) seen.push(batch.getChildAt(0)!.get(0));
    assertEquals(seen, ticketsTo(8 * 64).map((n) => Math.floor(+n / 64)));
  },
);

for (const [unread, most] of [[1, 2], [3, 4], [undefined, 8]] as const) {
  test(
    `an ordered read opens endpoints ahead, as far as they may stand unread (${unread} windows)`,
    OPTIONS,
    async () => {
      let open = 0;
      let seen = 0;
      const enough = event();
      await using server = await serverOf(0, {}, {
        async *doGet(ticket) {
          seen = Math.max(seen, ++open);
          if (open === most) enough.resolve();
          await enough.promise;
          try {
            for (let i = 0; i < 64; i++) {
              yield filled(4096, Number(textOf(ticket)));
            }
          } finally {
            open--;
          }
        },
      });
      const windowBytes = 65_535;
      await using client = connect(server.location, {
        flowControlWindowBytes: windowBytes,
        maxUnreadBytes: unread && (unread + 1) * windowBytes,
      });
      assertEquals(client.maxUnreadCalls, unread ?? 7);
      let rows = 0;
      for await (
        const batch of client.read(ofMegabytes(20), {
          maxParallelEndpoints: 16,
        })
      ) rows += batch.numRows;
      assertEquals(rows, 20 * 64 * 4096);
      assertEquals(seen, most);
    },
  );
}

locationTest(
  "an ordered read always has the next endpoint open, where it can",
  async ({ transport }) => {
    // With grpc-js an unread call would hold up the others.
    const ahead = transport === "http2" ? 1 : 0;
    const opened = ticketsTo(21).map(() => event());
    await using server = await serverOf(0, { transport }, {
      async *doGet(ticket) {
        const n = Number(textOf(ticket));
        opened[n]!.resolve();
        if (n + ahead < 20) await opened[n + ahead]!.promise;
        yield numbers(n);
      },
    });
    await using client = connect(server.location, {
      transport,
      flowControlWindowBytes: 65_535,
      maxUnreadBytes: 2 * 65_535,
    });
    const info = infoOf(ticketsTo(20), { ordered: true });
    assertEquals(await numbersOf(client.read(info)), ticketsTo(20).map(Number));
  },
);

function pem(name: string): Uint8Array {
  return readFileSync(new URL(`../certs/${name}.pem`, import.meta.url));
}

locationTest("read with TLS, and certificates", async (options) => {
  const tls = {
    certificateChain: pem("server_cert"),
    privateKey: pem("server_key"),
  };
  const secure = (n: number, clientRootCertificates?: Uint8Array) =>
    serve({ doGet: () => numbers(n) }, {
      ...options,
      hostname: "localhost",
      tls: { ...tls, clientRootCertificates },
      shutdownTimeoutMs: 0,
    });
  await using home = await secure(0, pem("ca_cert"));
  await using open = await secure(1);
  await using mutual = await secure(2, pem("ca_cert"));
  await using plain = await serverOf(3, options);
  const own = {
    ...options,
    tls: {
      rootCertificates: pem("ca_cert"),
      certificateChain: pem("client_cert"),
      privateKey: pem("client_key"),
    },
  };
  await using client = connect(home.location, own);
  assertEquals(await numbersOf(client.read(infoAt())), [0]);
  // The roots are taken over.
  assertEquals(await numbersOf(client.read(infoAt(open.location))), [1]);
  // The certificate of the client is not.
  await assertFlightError(
    numbersOf(client.read(infoAt(mutual.location))),
    "UNAVAILABLE",
  );
  // And nothing goes there without TLS.
  for (const uri of [plain.location.uri, "http://127.0.0.1:9/"]) {
    await assertFlightError(
      numbersOf(client.read(infoAt(uri))),
      "UNIMPLEMENTED",
      /it has no TLS, unlike the connection of this client \(option (connectLocation|fetch)\)$/,
    );
  }
  assertEquals(plain.seen.length, 0);

  await using trusting = connect(home.location, {
    ...own,
    connectLocation: (location) =>
      connect(location, location.uri.startsWith("grpc+tls:") ? own : options),
  });
  assertEquals(await numbersOf(trusting.read(infoAt(mutual.location))), [2]);
  assertEquals(await numbersOf(trusting.read(infoAt(plain.location))), [3]);
});
