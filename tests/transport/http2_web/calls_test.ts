/** Calls of gRPC-Web on the port of `serve`. */

import { test } from "node:test";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  connect,
  FlightError,
  FlightHeaders,
  type FlightServer,
  type FlightService,
  HealthService,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import { grpcJs } from "@contrail/flight/grpc-js";
import type { FlightClient } from "@contrail/flight/memory";
import { connectWeb } from "@contrail/flight/web";
import { certified, pem } from "../../support/certs.ts";
import { http2Fetch } from "../../support/http2/http2_fetch.ts";
import { filled, numbers, values } from "../../support/numbers.ts";
import { assertFlightError } from "../../support/rejections.ts";

const FORGED = "no\r\ngrpc-status: 0\r\n";

/** Counts rows of uploads, and sends batches with many kinds of ends. */
const SERVICE: FlightService = {
  async *doAction({ type }) {
    if (type === "early") {
      throw new FlightError("NOT_FOUND", FORGED, {
        trailers: new FlightHeaders({ "x-trail": "yes" }),
      });
    }
    yield {
      body: new TextEncoder().encode("\x80\0\0\0\x10grpc-status: 0\r\n"),
    };
    if (type === "late") throw new FlightError("ABORTED", FORGED);
  },
  doGet: () => [filled(100_000, 1), filled(100_000, 2)],
  async *doPut(stream) {
    let rows = 0;
    for await (const { numRows } of stream) rows += numRows;
    yield { appMetadata: String(rows) };
  },
};

interface Served extends AsyncDisposable {
  readonly server: FlightServer;
  readonly client: FlightClient;
}

async function served(
  service: FlightService,
  options: ServeOptions = {},
): Promise<Served> {
  const server = await serve(service, { web: true, ...options });
  const origin = `http://127.0.0.1:${server.port}`;
  const joined = http2Fetch(origin);
  const client = connectWeb(origin, {
    fetch: joined.fetch,
    uploads: "gathered",
  });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await joined[Symbol.asyncDispose]();
      await server.shutdown({ timeoutMs: 0 });
    },
  };
}

async function act(client: FlightClient, type: string): Promise<string[]> {
  const results: string[] = [];
  for await (const { body } of client.doAction({ type })) {
    results.push(new TextDecoder().decode(body));
  }
  return results;
}

async function checkAll(client: FlightClient): Promise<void> {
  assertEquals((await act(client, "ok")).length, 1);
  const table = await client.doGet("x").table();
  assertEquals(table.numRows, 200_000);
  const results = await client.doPut("x", [numbers(1, 2), numbers(3)]);
  assertEquals(results.map((result) => result.text()), ["3"]);
  const early = await assertFlightError(act(client, "early"), "NOT_FOUND");
  assertEquals(early.details, FORGED);
  assertEquals(early.trailers?.get("x-trail"), "yes");
  const late = await assertFlightError(act(client, "late"), "ABORTED");
  assertEquals(late.details, FORGED);
}

test("serve with web: clients of gRPC-Web and of gRPC call one port in plain text", async () => {
  await using t = await served(SERVICE);
  await checkAll(t.client);
  await using native = connect(t.server.location);
  await checkAll(native);
});

test("serve with web: clients of gRPC-Web and of gRPC call one port with TLS", async () => {
  await using server = await serve(SERVICE, {
    web: true,
    tls: certified("server"),
  });
  const origin = `https://localhost:${server.port}`;
  await using joined = http2Fetch(origin, pem("ca_cert"));
  await using client = connectWeb(origin, {
    fetch: joined.fetch,
    uploads: "gathered",
  });
  await checkAll(client);
  await using native = connect(`grpc+tls://localhost:${server.port}`, {
    tls: { rootCertificates: pem("ca_cert") },
  });
  await checkAll(native);
});

test("serve with web: the runtime's fetch calls it with TLS", {
  // The fetch of Bun and of Node.js speaks HTTP/1.1 only.
  skip: !("Deno" in globalThis),
}, async () => {
  await using server = await serve(SERVICE, {
    web: true,
    tls: certified("server"),
  });
  const origin = `https://localhost:${server.port}`;
  using http = Deno.createHttpClient({
    caCerts: [new TextDecoder().decode(pem("ca_cert"))],
  });
  await using client = connectWeb(origin, {
    fetch: (request) => fetch(request, { client: http } as RequestInit),
  });
  await checkAll(client);
});

test("serve with web: interceptors see its calls, and health answers it", async () => {
  const paths: string[] = [];
  await using t = await served(SERVICE, {
    services: [new HealthService()],
    interceptors: [(call, next) => {
      paths.push(call.path);
      return next(call);
    }],
  });
  await act(t.client, "ok");
  assertEquals(paths, ["/arrow.flight.protocol.FlightService/DoAction"]);
  await using joined = http2Fetch(`http://127.0.0.1:${t.server.port}`);
  const response = await joined.fetch(
    new Request(
      `http://127.0.0.1:${t.server.port}/grpc.health.v1.Health/Check`,
      {
        method: "POST",
        headers: { "content-type": "application/grpc-web+proto" },
        body: new Uint8Array(5),
      },
    ),
  );
  const body = new Uint8Array(await response.arrayBuffer());
  // SERVING
  assertEquals([...body.subarray(0, 7)], [0, 0, 0, 0, 2, 8, 1]);
  assert(new TextDecoder().decode(body).endsWith("grpc-status: 0\r\n"));
});

test("serve with web: a client that goes away cancels its call", async () => {
  let ended: (reason: unknown) => void;
  const reason = new Promise((resolve) => ended = resolve);
  await using t = await served({
    async *doGet(_ticket, { signal }) {
      signal.addEventListener("abort", () => ended(signal.reason));
      yield numbers(1);
      await reason;
    },
  });
  const stream = t.client.doGet("x");
  for await (const batch of stream) {
    assertEquals(values(batch), [1]);
    break;
  }
  assert(await reason instanceof FlightError);
});

test("serve with web: limits of messages and calls hold", async () => {
  await using t = await served(SERVICE, { maxReceiveMessageBytes: 1000 });
  await assertFlightError(
    t.client.doPut("x", [filled(1000, 1)]),
    "RESOURCE_EXHAUSTED",
    /maxReceiveMessageBytes/,
  );
});

test("serve without web: a client of gRPC-Web reads the name of the option", async () => {
  await using t = await served(SERVICE, { web: false });
  const error = await assertRejects(() => act(t.client, "ok"), FlightError);
  assert(/its option web is not set/.test(error.message), error.message);
});

test("serve refuses web on a transport that cannot have it, and wrong origins", async () => {
  await assertRejects(
    () => serve(SERVICE, { transport: grpcJs(), web: true }),
    TypeError,
    "Cannot use option web: the transport grpc-js",
  );
  await assertRejects(
    () => serve(SERVICE, { web: { origins: ["App"] } }),
    TypeError,
    "Cannot use option origins",
  );
});
