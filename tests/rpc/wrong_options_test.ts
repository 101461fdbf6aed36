/** Options by the names of other libraries, which the compiler lets pass in a variable, fail at once. */

import { connect, serve } from "@contrail/flight";
import { serverHeaderAuth } from "@contrail/flight/auth";
import { connectInMemory } from "@contrail/flight/memory";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { connectWeb } from "@contrail/flight/web";
import { assertRejects, assertThrows } from "@std/assert";
import { test } from "node:test";

const TIMEOUT = "option timeout: there is none; use timeoutMs";

/** Options as in a variable, whose further members the compiler accepts. */
function options(others: Record<string, unknown>): Record<string, never> {
  return others as Record<string, never>;
}

test("connect() refuses options by other names", () => {
  const uri = "grpc://localhost:1";
  const withTimeout = options({ timeout: 5, timeoutMs: 5_000 });
  assertThrows(() => connect(uri, withTimeout), TypeError, TIMEOUT);
  assertThrows(() => connectInMemory({}, withTimeout), TypeError, TIMEOUT);
  assertThrows(
    () => connectWeb("https://flight.example", withTimeout),
    TypeError,
    TIMEOUT,
  );
  assertThrows(
    () => connect(uri, options({ metadata: { a: "b" } })),
    TypeError,
    "option metadata: there is none; use headers",
  );
  for (const name of ["username", "password", "token", "auth"]) {
    assertThrows(
      () => connect(uri, options({ [name]: "x" })),
      TypeError,
      `option ${name}: there is none; use interceptors, with client`,
    );
  }
  connect(uri, options({ timeout: undefined }));
});

test("connect() and serve() refuse options of node:tls", async () => {
  for (
    const [name, meant] of [
      ["ca", "tls.rootCertificates"],
      ["cert", "tls.certificateChain"],
      ["key", "tls.privateKey"],
      ["servername", "tls.hostnameOverride"],
      ["rejectUnauthorized", "tls.insecureSkipVerify, with the opposite value"],
    ] as const
  ) {
    assertThrows(
      () =>
        connect("grpc+tls://localhost:1", { tls: options({ [name]: false }) }),
      TypeError,
      `option tls.${name}: there is none; use ${meant}`,
    );
  }
  await assertRejects(
    () => serve({}, { tls: options({ cert: "x", key: "y" }) as never }),
    TypeError,
    "option tls.cert: there is none; use tls.certificateChain",
  );
});

test("serve() refuses options by other names", async () => {
  for (
    const [name, meant] of [
      ["host", "hostname"],
      ["location", "hostname, with port"],
      ["auth", "interceptors, with serverHeaderAuth"],
    ] as const
  ) {
    await assertRejects(
      () => serve({}, options({ [name]: "0.0.0.0" })),
      TypeError,
      `option ${name}: there is none; use ${meant}`,
    );
  }
});

test("calls refuse options by other names", async () => {
  await using client = connectInMemory({});
  const wrong = options({ timeout: 5 });
  for (
    const call of [
      () => client.getFlightInfo("t", wrong),
      () => client.getTable("t", wrong),
      async () => await client.doGet("t", wrong).table(),
      async () => await Array.fromAsync(client.doPut("t", wrong).results),
      async () => await Array.fromAsync(client.handshake(wrong).readable),
    ]
  ) {
    await assertRejects(call, TypeError, TIMEOUT);
  }
});

test("serverHeaderAuth() refuses to be without passwords and tokens", () => {
  const text = "serverHeaderAuth() needs the option verifyPassword or tokens";
  assertThrows(() => serverHeaderAuth(), TypeError, text);
  assertThrows(() => serverHeaderAuth({ required: false }), TypeError, text);
});

test("next() without a call says what it needs", async () => {
  const forgets =
    ((_call, next) => (next as () => unknown)()) as FlightInterceptor;
  await using client = connectInMemory({}, { interceptors: [forgets] });
  await assertRejects(
    () => client.getFlightInfo("t"),
    TypeError,
    "must pass on the call, as in next(call), not undefined",
  );
});
