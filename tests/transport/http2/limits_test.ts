/** The limits of a server and of a client, at the socket. */

import { mkdtemp, rm } from "node:fs/promises";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as tls from "node:tls";

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";

import type { FlightError } from "../../../internal/core/flight_error.ts";
import { FlightHeaders } from "../../../internal/core/flight_headers.ts";
import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { CLIENT_PREFACE } from "../../../internal/http2/frame/frame.ts";
import type { OutgoingMessage } from "../../../internal/seam/transport.ts";
import { certified, pem } from "../../support/certs.ts";
import {
  answer,
  echo,
  flightError,
  request,
} from "../../support/transport/call_parts.ts";
import { block } from "../../support/transport/messages.ts";
import { never, TestSource } from "../../support/transport/test_source.ts";
import { type Pair, tcp } from "../../support/transport/tested_transport.ts";
import { isWell } from "../../support/transport/is_well.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import {
  encodeFrame,
  encodeWindowUpdate,
  FLAG,
  FRAME,
  REQUEST,
  RESPONSE,
  SETTING,
  SETTINGS_ACK,
  settingsFrame,
} from "../../support/http2/raw_frames.ts";
import {
  rawClient,
  type RawPeer,
  rawServer,
} from "../../support/http2/raw_peer.ts";

const { pair } = HTTP2;

/** Connects, and resolves when the connection is closed: to what came before. */
async function untilClosed(port: number): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const socket = net.connect(port, "127.0.0.1");
  socket.on("error", () => {})
    .on("data", (chunk: Uint8Array) => chunks.push(chunk));
  await new Promise((resolve) => socket.once("close", resolve));
  return chunks;
}

const SERVER_TLS = certified("server");

test("a client that does not acknowledge SETTINGS: SETTINGS_TIMEOUT", async () => {
  await using t = await pair(echo, { server: { handshakeTimeoutMs: 500 } });
  await using silent = await rawClient(t.server.port);
  assertEquals(await silent.goaway(), "SETTINGS_TIMEOUT");
  await silent.closed;
  // One that does stays.
  await using polite = await rawClient(t.server.port);
  await polite.send(SETTINGS_ACK);
  await isWell(t);
  await new Promise((resolve) => setTimeout(resolve, 700));
  await polite.ping();
  await isWell(t);
});

test("a server that does not acknowledge SETTINGS: SETTINGS_TIMEOUT", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    connectTimeoutMs: 150,
  });
  const failed = flightError(client.call(request()).messages.read());
  const peer = await server.accept();
  assertEquals(await peer.goaway(), "SETTINGS_TIMEOUT");
  const error = await failed;
  assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
  assertMatch(
    error.details,
    /lost: no acknowledgement of SETTINGS within 150 ms \(option connectTimeoutMs\)/,
  );
  await client.close();
});

test("maxConnections: further ones are closed at once, without a word", async () => {
  await using t = await pair(echo, { server: { maxConnections: 3 } });
  await isWell(t);
  await using first = await rawClient(t.server.port);
  const second = await rawClient(t.server.port);
  await second.ping();
  assertEquals(await untilClosed(t.server.port), []);
  // To a client of ours it is a failed attempt.
  const refused = http2ClientTransport(tcp(t.server.port));
  const error = await flightError(refused.call(request()).messages.read());
  assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
  assert(error.details.startsWith("cannot connect to"), error.details);
  await refused.close();
  await first.ping();
  await isWell(t);
  // There is room again when one has left.
  second.socket.destroy();
  const later = http2ClientTransport(tcp(t.server.port));
  const end = Date.now() + 20_000;
  let outcome: unknown = "UNAVAILABLE";
  while (outcome === "UNAVAILABLE" && Date.now() < end) {
    outcome = await later.call(request()).messages.read()
      .catch((error: FlightError) => error.code);
  }
  assertEquals(outcome, undefined);
  await later.close();
});

test("maxConnections counts those that only shake hands", async () => {
  await using t = await pair(echo, {
    hostname: "localhost",
    server: { maxConnections: 2, tls: SERVER_TLS },
    client: { tls: { rootCertificates: pem("ca_cert") } },
  });
  await isWell(t);
  const silent = net.connect(t.server.port, "127.0.0.1");
  await new Promise((resolve) => silent.once("connect", resolve));
  assertEquals(await untilClosed(t.server.port), []);
  await isWell(t);
  silent.destroy();
});

test("maxConcurrentCalls: further ones are UNAVAILABLE, on every connection", async () => {
  const sources: TestSource<OutgoingMessage>[] = [];
  await using t = await pair((request) => {
    if (request.path !== "/x") return echo(request);
    const source = never<OutgoingMessage>();
    sources.push(source);
    return answer(source);
  }, { server: { maxConcurrentCalls: 4 } });
  await using one = await rawClient(t.server.port);
  await using two = await rawClient(t.server.port);
  for (const peer of [one, two]) {
    await peer.send(peer.headers(1), peer.headers(3));
    // Answered once the server has seen what was sent before.
    await peer.ping();
  }
  assertEquals(sources.length, 4);
  const error = await flightError(t.client.call(request()).messages.read());
  assertEquals([error.code, error.origin, error.details], [
    "UNAVAILABLE",
    "remote",
    "the server has 4 running calls already (option maxConcurrentCalls)",
  ]);
  await two.send(two.headers(5));
  const refused = await two.next("HEADERS", ({ streamId }) => streamId === 5);
  // Without headers before it, so that clients may try again.
  assertEquals(refused.headers!["grpc-status"], "14");
  assertEquals(sources.length, 4);
  // A call that ends in any way makes room.
  await one.send(
    encodeFrame(FRAME.RST_STREAM, 0, 1, Uint8Array.of(0, 0, 0, 8)),
  );
  await sources[0]!.cancelled;
  await isWell(t);
  await isWell(t);
  two.socket.destroy();
  await sources[3]!.cancelled;
  await Promise.all([isWell(t), isWell(t)]);
});

/** A server whose calls have more to say than anybody reads. */
async function talkative(
  options: { sendStallTimeoutMs?: number } = {},
): Promise<
  Pair & { sources: TestSource<OutgoingMessage>[] }
> {
  const sources: TestSource<OutgoingMessage>[] = [];
  const t = await pair((request) => {
    if (request.path !== "/x") return echo(request);
    const source = new TestSource<OutgoingMessage>(() => block(65_536));
    sources.push(source);
    return answer(source);
  }, { server: options });
  return Object.assign(t, { sources });
}

async function openStreams(peer: RawPeer, count: number): Promise<void> {
  await peer.send(
    ...Array.from(
      { length: count },
      (_, i) => peer.headers(2 * i + 1, REQUEST, true),
    ),
  );
}

test("streams without a window: one message each is waiting", async () => {
  await using t = await talkative();
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 0],
  ]);
  await openStreams(peer, 200);
  await peer.ping();
  await isWell(t);
  await peer.ping();
  assertEquals(t.sources.map(({ reads }) => reads), Array(200).fill(1));
});

test("a socket that nobody reads: little more than it takes is made", async () => {
  await using t = await talkative();
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 2 ** 31 - 1],
  ]);
  peer.socket.pause();
  await peer.send(encodeWindowUpdate(0, 2 ** 31 - 65_536));
  await openStreams(peer, 200);
  let reads = -1;
  for (let before = -2; reads !== before;) {
    await isWell(t);
    await new Promise((resolve) => setTimeout(resolve, 50));
    before = reads;
    reads = t.sources.reduce((sum, source) => sum + source.reads, 0);
  }
  assertEquals(t.sources.length, 200);
  // One message for each call, and what fits into the buffers of both sockets.
  assertLess((reads - 200) * 65_536, 64 << 20);
});

test("sendStallTimeoutMs ends calls whose client gives no window", async () => {
  await using t = await talkative({ sendStallTimeoutMs: 100 });
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 1000],
  ]);
  await openStreams(peer, 1);
  const { headers } = await peer.next(
    "HEADERS",
    ({ flags }) => (flags & FLAG.END_STREAM) !== 0,
  );
  assertEquals([headers!["grpc-status"], headers!["grpc-message"]], [
    "4",
    "the client read nothing for 100 ms (option sendStallTimeoutMs)",
  ]);
  assertEquals(
    (await t.sources[0]!.cancelled as FlightError).code,
    "DEADLINE_EXCEEDED",
  );
  // The connection is as good as before.
  await peer.ping();
});

test("sendStallTimeoutMs ends connections that nobody reads", async () => {
  await using t = await talkative({ sendStallTimeoutMs: 100 });
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 2 ** 31 - 1],
  ]);
  peer.socket.pause();
  await peer.send(encodeWindowUpdate(0, 2 ** 31 - 65_536));
  await openStreams(peer, 3);
  // It may be alive for all that PINGs tell.
  const chatter = setInterval(() => peer.send(SETTINGS_ACK), 20);
  while (t.sources.length < 3) await isWell(t);
  await Promise.all(t.sources.map(({ cancelled }) => cancelled));
  clearInterval(chatter);
  await isWell(t);
  // Only who reads notices an end.
  peer.socket.resume();
  await peer.closed;
});

test("handshakeTimeoutMs holds for each peer of a Unix socket with TLS", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flight-"));
  const path = join(folder, "s");
  const server = await HTTP2.serverTransport(echo, {
    path,
    handshakeTimeoutMs: 500,
    tls: SERVER_TLS,
  });
  try {
    const silent = net.connect({ path });
    silent.on("error", () => {}).resume();
    const closed = new Promise((resolve) => silent.once("close", resolve));
    await new Promise((resolve) => silent.once("connect", resolve));
    // Another peer that is done with its handshake does not end the wait for it.
    const secure = tls.connect({
      path,
      servername: "localhost",
      ca: pem("ca_cert") as Buffer,
      ALPNProtocols: ["h2"],
    }, () => {
      secure.write(CLIENT_PREFACE);
      secure.write(settingsFrame([]));
    });
    secure.on("error", () => {});
    await new Promise((resolve) => secure.once("data", resolve));
    secure.resume();
    await closed;
    secure.destroy();
  } finally {
    await server.shutdown(AbortSignal.abort());
    await rm(folder, { recursive: true });
  }
});

test("a request that is not gRPC, and does not end, is refused after handshakeTimeoutMs", async () => {
  await using t = await pair(echo, { server: { handshakeTimeoutMs: 300 } });
  await using peer = await rawClient(t.server.port);
  await peer.send(
    SETTINGS_ACK,
    peer.headers(1, REQUEST.filter(([name]) => name !== "content-type")),
  );
  const { headers } = await peer.next("HEADERS");
  assertEquals(headers![":status"], "415");
  assertEquals(await peer.reset(1), "NO_ERROR");
  await isWell(t);
});

test("half a handshake is over after handshakeTimeoutMs", async () => {
  await using t = await pair(echo, {
    hostname: "localhost",
    server: { handshakeTimeoutMs: 500, tls: SERVER_TLS },
    client: { tls: { rootCertificates: pem("ca_cert") } },
  });
  // Silent below TLS, and in the middle of it.
  await untilClosed(t.server.port);
  const half = net.connect(t.server.port, "127.0.0.1");
  half.on("error", () => {}).resume();
  half.write(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3));
  await new Promise((resolve) => half.once("close", resolve));
  // Done with TLS, and silent then; or in the middle of the preface.
  for (const text of ["", CLIENT_PREFACE.slice(0, 10)]) {
    const secure = tls.connect({
      port: t.server.port,
      host: "127.0.0.1",
      servername: "localhost",
      ca: pem("ca_cert") as Buffer,
      ALPNProtocols: ["h2"],
    }, () => secure.write(text));
    secure.on("error", () => {}).resume();
    await new Promise((resolve) => secure.once("close", resolve));
  }
  await isWell(t);
});

test("headers beyond maxHeaderListBytes fail one call of a client", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    maxHeaderListBytes: 8192,
  });
  const calls = [1, 3, 5].map(() => {
    const { headers, messages } = client.call(request());
    return { headers, read: messages.read().catch((error) => error) };
  });
  const peer = await server.accept();
  await peer.next("HEADERS", ({ streamId }) => streamId === 5);
  const big: [string, string] = ["x-long", "a".repeat(9000)];
  await peer.send(
    peer.headers(1, [...RESPONSE, big]),
    peer.headers(3, RESPONSE),
    peer.headers(3, [["grpc-status", "0"], big], true),
    peer.headers(5, RESPONSE),
    peer.headers(5, [["grpc-status", "0"]], true),
  );
  for (const [index, what] of ["headers", "trailers"].entries()) {
    const error: FlightError = await calls[index]!.read;
    assertEquals([error.code, error.origin], ["RESOURCE_EXHAUSTED", "local"]);
    assertMatch(
      error.details,
      new RegExp(
        `^the ${what} of 9\\d\\d\\d bytes exceed the limit of 8192 bytes ` +
          "\\(option maxHeaderListBytes\\)$",
      ),
    );
  }
  assertEquals(await calls[2]!.read, undefined);
  await client.close();
});

test("a header block far beyond maxHeaderListBytes ends the connection", async () => {
  const block = [...RESPONSE, ["x-long", "~".repeat(40_000)] as const];
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    maxHeaderListBytes: 8192,
  });
  const { messages } = client.call(request());
  const peer = await server.accept();
  await peer.next("HEADERS");
  await peer.send(peer.headers(1, block));
  const error = await flightError(messages.read());
  assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
  assertMatch(error.details, /a header block of .*option maxHeaderListBytes/);
  assertEquals(await peer.goaway(), "ENHANCE_YOUR_CALM");
  await client.close();

  await using t = await pair(echo, { server: { maxHeaderListBytes: 8192 } });
  await using raw = await rawClient(t.server.port);
  await raw.send(raw.headers(1, [...REQUEST, block.at(-1)!]));
  assertEquals(await raw.goaway(), "ENHANCE_YOUR_CALM");
  await isWell(t);
});

test("headers that the peer does not accept are not sent", async () => {
  await using server = await rawServer([[SETTING.maxHeaderListBytes, 6000]]);
  const client = http2ClientTransport(tcp(server.port));
  const headers = new FlightHeaders({ "x-long": "a".repeat(6000) });
  const error = await flightError(
    client.call(request({ headers })).messages.read(),
  );
  assertEquals([error.code, error.origin], ["RESOURCE_EXHAUSTED", "local"]);
  assertMatch(
    error.details,
    /^the headers of 6038 bytes exceed the limit of \d+ bytes that the peer accepts$/,
  );
  await client.close();
});

test("limits of a server that are none are refused", async () => {
  for (
    const name of [
      "maxConnections",
      "maxConcurrentCalls",
      "maxCallsPerConnection",
      "maxCallsPerPeer",
      "sendStallTimeoutMs",
      "handshakeTimeoutMs",
    ]
  ) {
    for (const value of [0, 1.5, NaN, 2 ** 31]) {
      let error: unknown;
      try {
        await using _ = await pair(echo, { server: { [name]: value } });
      } catch (caught) {
        error = caught;
      }
      assert(error instanceof RangeError, `${name}: ${value}`);
      assert(error.message.startsWith(`Cannot use option ${name}: ${value} `));
    }
  }
});
