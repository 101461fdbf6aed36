/** Locations to which `read` sends the identity of the client. */

import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import {
  connect,
  type FlightCallContext,
  FlightError,
  REUSE_CONNECTION,
  serve,
} from "@contrail/flight";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import type { LocationClient } from "@contrail/flight/transport";
import { connectInMemory } from "@contrail/flight/memory";
import { assertFlightError } from "../support/rejections.ts";
import { numbers } from "../support/numbers.ts";
import { endpointOf, infoAt, infoOf, numbersOf } from "../support/endpoints.ts";
import {
  infoOfMany,
  locationTest,
  OPTIONS,
  serverOf,
} from "../support/locations.ts";

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

locationTest(
  "read takes interceptors to other locations only by connectLocation",
  async (options) => {
    await using home = await serverOf(0, options);
    await using other = await serverOf(1, options);
    const login: FlightInterceptor = (call, next) => {
      call.headers.set("authorization", "secret");
      return next(call);
    };
    const withLogin = { ...options, interceptors: [login] };
    for (const connectLocation of [undefined, connect]) {
      await using client = connect(home.location, {
        ...withLogin,
        connectLocation: connectLocation &&
          ((location) => connectLocation(location, withLogin)),
      });
      assertEquals(await numbersOf(client.read(infoAt())), [0]);
      assertEquals(await numbersOf(client.read(infoAt(other.location))), [1]);
    }
    const seen = ({ headers }: FlightCallContext) =>
      headers.get("authorization");
    assertEquals(home.seen.map(seen), ["secret", "secret"]);
    assertEquals(other.seen.map(seen), [undefined, "secret"]);
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
  for (const locationTimeoutMs of [0, -1, 0.5, 2 ** 31]) {
    assertThrows(
      () => connectInMemory({}, { locationTimeoutMs }),
      RangeError,
      "Cannot use option locationTimeoutMs",
    );
  }
  for (const option of ["connectLocation", "fetchLocation"]) {
    assertThrows(
      // deno-lint-ignore no-explicit-any
      () => connectInMemory({}, { [option]: "yes" } as any),
      TypeError,
      `Cannot use option ${option}: "yes" is not a function`,
    );
  }
});

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
      /it has no TLS, unlike the connection of this client \(option (connectLocation|fetchLocation)\)$/,
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
