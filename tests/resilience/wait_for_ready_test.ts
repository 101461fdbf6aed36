/** A client that waits for its server. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  connect,
  type FlightClient,
  FlightError,
  type FlightServer,
  type FlightService,
  HealthService,
  serve,
} from "@contrail/flight";
import { flightHandler } from "@contrail/flight/handler";
import { connectInMemory } from "@contrail/flight/memory";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import { connectWeb } from "@contrail/flight/web";
import { deadPort, socketServer } from "../support/sockets.ts";
import { transportNamed, TRANSPORTS } from "../support/transport_named.ts";

const service: FlightService = { listFlights: () => [] };

/** Tells when an attempt of `waitForReady` has failed. */
function failedAttempt(): {
  readonly interceptor: FlightInterceptor;
  readonly hasFailed: Promise<void>;
} {
  const { promise, resolve } = Promise.withResolvers<void>();
  const interceptor: FlightInterceptor = (call, next) => {
    const response = next(call);
    response.headers.catch(() => resolve());
    return response;
  };
  return { interceptor, hasFailed: promise };
}

/** Expects that the client waits until the server is started, and no longer. */
async function waitsFor(
  client: FlightClient,
  hasFailed: Promise<void>,
  start: () => unknown,
): Promise<void> {
  let isReady = false;
  const ready = client.waitForReady().then(() => isReady = true);
  await hasFailed;
  assert(!isReady);
  await start();
  await ready;
  assertEquals(await Array.fromAsync(client.listFlights()), []);
}

for (const [name] of TRANSPORTS) {
  test(`waitForReady() resolves when a server starts later (${name})`, {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "flight_ready_"));
    const path = join(folder, "flight.sock");
    const { interceptor, hasFailed } = failedAttempt();
    const options = { transport: transportNamed(name) };
    const client = connect(`grpc+unix://${path}`, {
      ...options,
      interceptors: [interceptor],
    });
    let server: FlightServer | undefined;
    try {
      await waitsFor(client, hasFailed, async () => {
        server = await serve(service, { path, ...options });
      });
    } finally {
      await client.close();
      await server?.shutdown();
      rmSync(folder, { recursive: true });
    }
  });
}

test("waitForReady() resolves when a server starts later (web)", {
  timeout: 60_000,
}, async () => {
  const handler = flightHandler(service);
  let fetch = (_: Request): Promise<Response> =>
    Promise.reject(new TypeError("no server"));
  const { interceptor, hasFailed } = failedAttempt();
  await using client = connectWeb("http://flight.example", {
    fetch: (request) => fetch(request),
    interceptors: [interceptor],
  });
  await waitsFor(client, hasFailed, () => void (fetch = handler));
});

test("waitForReady() waits for the health service of the server", {
  timeout: 60_000,
}, async () => {
  const health = new HealthService({ "": "NOT_SERVING" });
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using client = connectInMemory(service, {
    services: [health],
    interceptors: [(call, next) => {
      const response = next(call);
      response.headers.then(() => resolve());
      return response;
    }],
  });
  await waitsFor(client, asked, () => health.set("", "SERVING"));
});

test("waitForReady() takes any answer of a server for its readiness", {
  timeout: 60_000,
}, async () => {
  await using client = connectInMemory(service, {
    interceptors: [(call, next) => {
      if (call.method !== "grpc.health.v1.Health/Check") return next(call);
      throw new FlightError("UNAUTHENTICATED", "?", { origin: "remote" });
    }],
  });
  await client.waitForReady();
});

test("waitForReady() tells why the last attempt has failed", {
  timeout: 60_000,
}, async () => {
  await using http1 = await socketServer((socket) =>
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")
  );
  const port = await deadPort();
  const clients: readonly (readonly [FlightClient, RegExp])[] = [
    [connect(http1.location), /ready within 1500 ms: .*it speaks HTTP\/1\.1/],
    [connect(`grpc://127.0.0.1:${port}`), /: cannot connect to .*REFUSED/],
    [
      connectWeb("http://flight.example", {
        fetch: () => Promise.resolve(new Response("no", { status: 404 })),
      }),
      /answered with HTTP status 404/,
    ],
    [
      connectInMemory(service, {
        services: [new HealthService({ "": "NOT_SERVING" })],
      }),
      /ready within 1500 ms: its health service reports NOT_SERVING$/,
    ],
  ];
  await Promise.all(clients.map(async ([client, text]) => {
    await using _ = client;
    const error = await assertRejects(
      () => client.waitForReady({ timeoutMs: 1500 }),
      FlightError,
    );
    assertEquals(error.code, "DEADLINE_EXCEEDED");
    assert(text.test(error.message), error.message);
    assert(FlightError.is(error.cause));
  }));
});

test("waitForReady() ends with its client, and with its signal", {
  timeout: 60_000,
}, async () => {
  for (const end of ["close", "abort"] as const) {
    const { interceptor, hasFailed } = failedAttempt();
    const client = connect(`grpc://127.0.0.1:${await deadPort()}`, {
      interceptors: [interceptor],
    });
    const controller = new AbortController();
    const { signal } = controller;
    const ready = client.waitForReady({ signal }).catch((error) => error);
    await hasFailed;
    const reason = new Error("enough");
    if (end === "abort") controller.abort(reason);
    await client.close();
    const error = await ready;
    if (end === "abort") assertEquals(error, reason);
    else assertEquals(error.code, "CANCELLED");
  }
});
