/** Clients of all protocols on one port. */

import * as net from "node:net";
import { test } from "node:test";
import * as tls from "node:tls";
import { assert, assertEquals } from "@std/assert";
import {
  connect,
  type FlightClient,
  type FlightServer,
  type FlightService,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import type { FlightClient as WebClient } from "@contrail/flight/memory";
import { connectWeb } from "@contrail/flight/web";
import { certified, pem } from "../../support/certs.ts";
import { http2Fetch } from "../../support/http2/http2_fetch.ts";
import { filled, numbers, values } from "../../support/numbers.ts";
import { assertFlightError } from "../../support/rejections.ts";
import {
  EMPTY_MESSAGE,
  RawHttp1,
  rawHttp1,
  statusOf,
  webRequest,
} from "../../support/http1/raw_client.ts";

const SERVICE: FlightService = {
  listActions: () => [{ type: "stop", description: "Stops." }],
  doGet: () => [numbers(1), filled(100_000, 2)],
  async *doPut(stream) {
    let rows = 0;
    for await (const { numRows } of stream) rows += numRows;
    yield { appMetadata: String(rows) };
  },
};

const LIST = webRequest("ListActions", EMPTY_MESSAGE);

async function check(client: FlightClient | WebClient): Promise<void> {
  const rows: number[] = [];
  for await (const batch of client.doGet("x")) rows.push(batch.numRows);
  assertEquals(rows, [1, 100_000]);
  const [result] = await client.doPut("x", [numbers(1, 2), filled(50_000, 1)]);
  assertEquals(new TextDecoder().decode(result!.appMetadata), "50002");
}

/** The runtime's own `fetch`, if it can be told of our certificate. */
function trustingFetch():
  | ((request: Request) => Promise<Response>)
  | undefined {
  const ca = new TextDecoder().decode(pem("ca_cert"));
  if ("Bun" in globalThis) {
    return (request) => fetch(request, { tls: { ca } } as RequestInit);
  }
  if (!("Deno" in globalThis)) return undefined;
  const client = Deno.createHttpClient({ caCerts: [ca], http2: false });
  return (request) => fetch(request, { client } as RequestInit);
}

async function protocolOf(
  server: FlightServer,
  protocols: string[] | undefined,
): Promise<[string | false | null, RawHttp1]> {
  const socket = tls.connect({
    port: server.port,
    host: "localhost",
    ca: [new TextDecoder().decode(pem("ca_cert"))],
    ...(protocols ? { ALPNProtocols: protocols } : {}),
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
  });
  return [socket.alpnProtocol, new RawHttp1(socket)];
}

test("one port: gRPC, gRPC-Web over HTTP/2 and HTTP/1.1 at once", async () => {
  await using server = await serve(SERVICE, { web: true });
  const origin = `http://127.0.0.1:${server.port}`;
  await using native = connect(server.location);
  await using joined = http2Fetch(origin);
  await using second = connectWeb(origin, { fetch: joined.fetch });
  await using first = connectWeb(origin);
  await Promise.all(
    [native, second, first].flatMap((client) =>
      Array.from({ length: 10 }, () => check(client))
    ),
  );
});

test("one port: with TLS, ALPN decides, and the first bytes without it", async () => {
  await using server = await serve(SERVICE, {
    web: true,
    tls: certified("server"),
  });
  await using native = connect(`grpc+tls://localhost:${server.port}`, {
    tls: { rootCertificates: pem("ca_cert") },
  });
  const ownFetch = trustingFetch();
  await using web = connectWeb(`https://localhost:${server.port}`, {
    fetch: ownFetch,
  });
  await Promise.all([check(native), ...ownFetch ? [check(web)] : []]);
  for (const protocols of [["http/1.1"], undefined]) {
    const [protocol, peer] = await protocolOf(server, protocols);
    await using _ = peer;
    assertEquals(protocol, protocols ? "http/1.1" : false);
    await peer.send(LIST);
    assertEquals(statusOf(await peer.next()), "0");
  }
  const [protocol, peer] = await protocolOf(server, ["http/1.1", "h2"]);
  await using _ = peer;
  assertEquals(protocol, "h2");
});

test("one port: a client that agreed on HTTP/1.1 cannot speak HTTP/2", async () => {
  await using server = await serve(SERVICE, {
    web: true,
    tls: certified("server"),
  });
  const [, peer] = await protocolOf(server, ["http/1.1"]);
  await using _ = peer;
  await peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  assertEquals((await peer.next()).status, 505);
  await peer.closed;
});

test("one port: without web, only HTTP/2 is offered", async () => {
  await using server = await serve(SERVICE, { tls: certified("server") });
  const [protocol, peer] = await protocolOf(server, ["http/1.1", "h2"]);
  await using _ = peer;
  assertEquals(protocol, "h2");
  await using plain = await serve(SERVICE);
  await using other = await rawHttp1(plain.port);
  await other.send(LIST);
  assertEquals((await other.next()).status, 505);
});

test("one port: a client of TLS on a plain port is told so", async () => {
  await using server = await serve(SERVICE, { web: true });
  await using peer = await rawHttp1(server.port);
  await peer.send(Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3));
  assertEquals((await peer.next()).body, "This port has no TLS.\n");
});

test("one port: the first bytes may come one by one", async () => {
  await using server = await serve(SERVICE, { web: true });
  await using put = await rawHttp1(server.port);
  await put.send(..."PUT / HTTP/1.1\r\nHost: test\r\n\r\n");
  assertEquals((await put.next()).status, 415);
  await using peer = await rawHttp1(server.port);
  await peer.send(..."PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  // An empty SETTINGS; the server's own begin with their length.
  await peer.send("\0\0\0\x04\0\0\0\0\0");
  await peer.until(/^\0\0[^]\cD\0/);
});

/** A server with an answer that waits. */
async function waiting(
  options: ServeOptions = {},
): Promise<{
  readonly server: FlightServer;
  readonly begun: Promise<void>;
  readonly finish: () => void;
}> {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const server = await serve({
    ...SERVICE,
    async *doAction() {
      begun.resolve();
      yield { body: "first" };
      await gate.promise;
      yield { body: "last" };
    },
  }, { web: true, ...options });
  return { server, begun: begun.promise, finish: gate.resolve };
}

const ACTION = webRequest("DoAction", EMPTY_MESSAGE);

test("one port: a shutdown waits for calls over HTTP/1.1, and for nothing else", async () => {
  const t = await waiting();
  await using busy = await rawHttp1(t.server.port);
  await using idle = await rawHttp1(t.server.port);
  await using silent = await rawHttp1(t.server.port);
  await idle.send(LIST);
  assertEquals(statusOf(await idle.next()), "0");
  // One more request waits behind it, and is not begun.
  await busy.send(ACTION, LIST);
  await t.begun;
  const down = t.server.shutdown();
  await Promise.all([idle.closed, silent.closed]);
  t.finish();
  const answer = await busy.next();
  assertEquals(statusOf(answer), "0");
  assert(answer.body.includes("last"));
  await busy.closed;
  assertEquals(busy.rest, "");
  await down;
});

test("one port: a forced shutdown ends calls over HTTP/1.1 by their status", async () => {
  const t = await waiting();
  await using busy = await rawHttp1(t.server.port);
  await busy.send(ACTION);
  await busy.until(/first/);
  await t.server.shutdown({ timeoutMs: 0 });
  assertEquals(statusOf(await busy.next()), "14");
  t.finish();
});

test("one port: connections over HTTP/1.1 have an age and an idle time", async () => {
  const idle = await waiting({ maxConnectionIdleMs: 500 });
  await using first = await rawHttp1(idle.server.port);
  await first.send(LIST);
  assertEquals(statusOf(await first.next()), "0");
  await first.closed;
  await idle.server.shutdown({ timeoutMs: 0 });
  const old = await waiting({
    maxConnectionAgeMs: 500,
    maxConnectionAgeGraceMs: 200,
  });
  await using second = await rawHttp1(old.server.port);
  await second.send(ACTION);
  const answer = await second.next();
  assertEquals(statusOf(answer), "14");
  assert(answer.body.includes("too old"), answer.body);
  await second.closed;
  await old.server.shutdown({ timeoutMs: 0 });
});

test("one port: limits of calls and connections count those over HTTP/1.1", async () => {
  const t = await waiting({ maxConcurrentCalls: 1 });
  await using busy = await rawHttp1(t.server.port);
  await busy.send(ACTION);
  await t.begun;
  await using native = connect(t.server.location);
  await assertFlightError(
    (async () => {
      for await (const _ of native.listActions());
    })(),
    "UNAVAILABLE",
    /maxConcurrentCalls/,
  );
  t.finish();
  assertEquals(statusOf(await busy.next()), "0");
  await native.close();
  await busy[Symbol.asyncDispose]();
  await t.server.shutdown({ timeoutMs: 0 });
  await using small = await serve(SERVICE, { web: true, maxConnections: 1 });
  await using kept = await rawHttp1(small.port);
  await kept.send(LIST);
  assertEquals(statusOf(await kept.next()), "0");
  await using refused = await rawHttp1(small.port);
  await refused.closed;
});

test("one port: a thousand connections of HTTP/1.1", async () => {
  await using server = await serve(SERVICE, { web: true });
  const peers = await Promise.all(
    Array.from({ length: 1000 }, () => rawHttp1(server.port)),
  );
  try {
    for (let round = 0; round < 2; round++) {
      await Promise.all(peers.map((peer) => peer.send(LIST)));
      for (const peer of peers) {
        assertEquals(statusOf(await peer.next()), "0");
      }
    }
  } finally {
    for (const peer of peers) peer.socket.destroy();
  }
});

test("one port: the peer, its certificate and headers are those of the connection", async () => {
  let peer = "";
  let name: string | undefined;
  let seen: string | undefined;
  await using server = await serve({
    listActions(context) {
      peer = context.peer;
      name = context.peerCertificate?.subject;
      seen = [...context.headers].map(([name]) => name).sort().join();
      return [];
    },
  }, {
    web: true,
    tls: {
      ...certified("server"),
      clientRootCertificates: pem("ca_cert"),
    },
  });
  const { certificateChain, privateKey } = certified("client");
  const socket = tls.connect({
    port: server.port,
    host: "localhost",
    ALPNProtocols: ["http/1.1"],
    ca: [new TextDecoder().decode(pem("ca_cert"))],
    cert: new TextDecoder().decode(certificateChain),
    key: new TextDecoder().decode(privateKey),
  });
  await using client = new RawHttp1(socket);
  await client.send(webRequest("ListActions", EMPTY_MESSAGE, [
    "Authorization: Bearer abc",
    "Connection: keep-alive, authorization",
    "X-Grpc-Web: 1",
    "TE: trailers",
  ]));
  assertEquals(statusOf(await client.next()), "0");
  assert(net.isIP(peer.replace(/:\d+$/, "").replace(/^\[|\]$/g, "")), peer);
  assert(name?.includes("client"), name);
  assertEquals(seen, "authorization,x-grpc-web");
});

test("one port: a Unix socket has it, too", {
  skip: "Deno" in globalThis && Deno.build.os === "windows",
}, async () => {
  const path = `\0one-port-${crypto.randomUUID()}`;
  await using _server = await serve(SERVICE, { web: true, path });
  const socket = net.connect({ path });
  await using peer = new RawHttp1(socket);
  await peer.send(LIST);
  assertEquals(statusOf(await peer.next()), "0");
});

test("one port: values of both batches arrive unchanged", async () => {
  await using server = await serve(SERVICE, { web: true });
  await using client = connectWeb(`http://127.0.0.1:${server.port}`);
  for await (const batch of client.doGet("x")) {
    assertEquals(values(batch)[0], batch.numRows === 1 ? 1 : 2);
  }
});
