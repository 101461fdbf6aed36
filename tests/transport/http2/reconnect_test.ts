/** Connections that fail, are slow, or fall silent, seen by a client. */

import * as net from "node:net";
import { test } from "node:test";

import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertMatch,
} from "@std/assert";

import { backoffMs } from "../../../internal/transport/backoff.ts";
import { http2ClientTransport } from "../../../internal/transport/http2/client.ts";
import { encodeGoaway } from "../../../internal/http2/frame/frame_writer.ts";
import { flightError, request } from "../../support/transport/call_parts.ts";
import { rest } from "../../support/transport/test_source.ts";
import { tcp } from "../../support/transport/tested_transport.ts";
import {
  encodeFrame,
  FLAG,
  FRAME,
  grpcMessage,
  RESPONSE,
  SETTING,
  settingsFrame,
  uint32,
} from "../../support/http2/raw_frames.ts";
import { type RawPeer, rawServer } from "../../support/http2/raw_peer.ts";

test("reconnecting: the back-off grows, up to a bound, with jitter", () => {
  assertEquals(backoffMs(0), 0);
  assertEquals([backoffMs(1, 0), backoffMs(1, 1)], [80, 120]);
  assertEquals(Math.round(backoffMs(3, 0.5)), 256);
  assertEquals(backoffMs(1000, 0.5), 5000);
});

test("reconnecting: attempts that fail are made less and less often", async () => {
  const times: number[] = [];
  const server = net.createServer((socket) => {
    times.push(Date.now());
    socket.on("error", () => {}).destroy();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const client = http2ClientTransport(
    tcp((server.address() as net.AddressInfo).port),
  );
  for (let i = 0; i < 4; i++) {
    const error = await flightError(client.call(request()).messages.read());
    assertEquals(error.code, "UNAVAILABLE");
    assert(error.details.startsWith("cannot connect to "), error.details);
  }
  // Each is made twice, because the server has not said a word.
  assertEquals(times.length, 8);
  const starts = times.filter((_, i) => i % 2 === 0);
  const gaps = starts.slice(1).map((time, i) => time - starts[i]!);
  assertGreaterOrEqual(gaps[0]!, 70);
  assertGreaterOrEqual(gaps[2]!, 180);
  await client.close();
  await new Promise((done) => server.close(done));
});

test("reconnecting: calls that wait share one attempt", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const calls = Array.from({ length: 5 }, () => client.call(request()));
  const peer = await server.accept();
  for (const id of [1, 3, 5, 7, 9]) {
    await peer.next("HEADERS", ({ streamId }) => streamId === id);
    await peer.send(
      peer.headers(id, [...RESPONSE, ["grpc-status", "0"]], true),
    );
  }
  for (const { messages } of calls) assertEquals(await rest(messages), []);
  assertEquals(server.peers.length, 1);
  await client.close();
});

test("reconnecting: an attempt that nobody waits for any more is given up", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const controller = new AbortController();
  const { messages } = client.call(request({ signal: controller.signal }));
  const failed = messages.read().catch((reason) => reason);
  controller.abort("enough");
  assertEquals(await failed, "enough");
  const response = client.call(request());
  let peer = await server.accept();
  // The first may have come as far as the server.
  if (server.peers.length > 1) peer = await server.accept();
  await peer.next("HEADERS");
  await peer.send(peer.headers(1, [...RESPONSE, ["grpc-status", "0"]], true));
  assertEquals(await rest(response.messages), []);
  await client.close();
});

test("reconnecting: a silent peer is noticed by keepalive", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    keepaliveTimeMs: 50,
    keepaliveTimeoutMs: 100,
  });
  const { messages } = client.call(request());
  const peer = await server.accept();
  for (let i = 0; i < 3; i++) {
    const { payload } = await peer.next("PING");
    await peer.send(encodeFrame(FRAME.PING, FLAG.ACK, 0, payload));
  }
  const error = await flightError(messages.read());
  assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
  assert(
    error.details.endsWith(
      "was lost: no answer to a ping within 100 ms (option keepaliveTimeoutMs)",
    ),
    error.details,
  );
  await client.close();
});

test("reconnecting: a clock that is set back delays nothing", {
  timeout: 60_000,
}, async () => {
  const server = net.createServer((socket) => {
    socket.on("error", () => {}).destroy();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const client = http2ClientTransport(
    tcp((server.address() as net.AddressInfo).port),
  );
  const fails = () => flightError(client.call(request()).messages.read());
  await fails();
  const { now } = Date;
  Date.now = () => now() - 3_600_000;
  try {
    assertEquals((await fails()).code, "UNAVAILABLE");
  } finally {
    Date.now = now;
  }
  await client.close();
  await new Promise((done) => server.close(done));
});

test("reconnecting: too_many_pings makes the client ping less", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port), {
    keepaliveTimeMs: 60,
  });
  const first = client.call(request());
  const peer = await server.accept();
  await peer.next("PING");
  await peer.send(encodeGoaway(1, "ENHANCE_YOUR_CALM", "too_many_pings"));
  peer.socket.end();
  await flightError(first.messages.read());
  const start = Date.now();
  client.call(request());
  const other = await server.accept();
  await other.next("PING");
  assertGreaterOrEqual(Date.now() - start, 100);
  await client.close();
});

test("reconnecting: informational responses are passed over", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  const { messages, headers } = client.call(request());
  const peer = await server.accept();
  await peer.next("HEADERS");
  await peer.send(
    peer.headers(1, [[":status", "103"], ["x-early", "1"]]),
    peer.headers(1, [...RESPONSE, ["x-a", "2"]]),
    encodeFrame(FRAME.DATA, 0, 1, grpcMessage(2, 3)),
    peer.headers(1, [["grpc-status", "0"]], true),
  );
  assertEquals([...await headers], [["x-a", "2"]]);
  assertEquals(await rest(messages), [Uint8Array.of(3, 3)]);
  await client.close();
});

/** Bytes from a server on stream 1, and the reaction of the client. */
const ANSWERS: Record<
  string,
  [
    list: [string, string][] | undefined,
    data: Uint8Array | undefined,
    end: [string, string][] | undefined,
    code: string,
    details: RegExp,
  ]
> = {
  "less data than its content-length": [
    [...RESPONSE, ["content-length", "500"]] as [string, string][],
    grpcMessage(1),
    [["grpc-status", "0"]],
    "INTERNAL",
    /less data than its content-length/,
  ],
  "data without headers": [
    undefined,
    grpcMessage(1),
    undefined,
    "INTERNAL",
    /DATA before the headers/,
  ],
  "no :status": [
    [["content-type", "application/grpc"]],
    undefined,
    undefined,
    "INTERNAL",
    /no :status \(PROTOCOL_ERROR\)/,
  ],
};

for (
  const [what, [list, data, end, code, details]] of Object.entries(ANSWERS)
) {
  test(`reconnecting: an answer with ${what}: ${code}`, async () => {
    await using server = await rawServer();
    const client = http2ClientTransport(tcp(server.port));
    const { messages } = client.call(request());
    const peer = await server.accept();
    await peer.next("HEADERS");
    if (list) await peer.send(peer.headers(1, list, !data && !end));
    if (data) {
      await peer.send(
        encodeFrame(FRAME.DATA, end ? 0 : FLAG.END_STREAM, 1, data),
      );
    }
    if (end) await peer.send(peer.headers(1, end, true));
    const error = await flightError(rest(messages));
    assertEquals(error.code as string, code);
    assert(details.test(error.details), error.details);
    await peer.ping();
    await client.close();
  });
}

/**
 * Bytes that a server must not send, and the code of the GOAWAY that it gets.
 */
const BAD_FRAMES: Record<string, [frame: Uint8Array, code: string]> = {
  "a stream of its own": [
    encodeFrame(FRAME.HEADERS, 4, 2, Uint8Array.of(0x88)),
    "PROTOCOL_ERROR",
  ],
  "an answer to nothing": [
    encodeFrame(FRAME.HEADERS, 4, 9, Uint8Array.of(0x88)),
    "PROTOCOL_ERROR",
  ],
  "PUSH_PROMISE": [
    encodeFrame(FRAME.PUSH_PROMISE, 4, 1, uint32(2)),
    "PROTOCOL_ERROR",
  ],
  "that push is allowed": [
    settingsFrame([[SETTING.enablePush, 1]]),
    "PROTOCOL_ERROR",
  ],
};

for (const [what, [frame, code]] of Object.entries(BAD_FRAMES)) {
  test(`reconnecting: a server that sends ${what}: GOAWAY ${code}`, async () => {
    await using server = await rawServer();
    const client = http2ClientTransport(tcp(server.port));
    const { messages } = client.call(request());
    const peer = await server.accept();
    await peer.next("HEADERS");
    await peer.send(frame);
    assertEquals(await peer.goaway(), code);
    const error = await flightError(messages.read());
    assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
    assert(error.details.includes(code), error.details);
    await client.close();
  });
}

const RESETS: Record<number, string> = {
  0: "INTERNAL",
  2: "INTERNAL",
  8: "CANCELLED",
  11: "RESOURCE_EXHAUSTED",
  12: "PERMISSION_DENIED",
  4711: "INTERNAL",
};

test("reconnecting: the codes of RST_STREAM are mapped as gRPC has it", async () => {
  await using server = await rawServer();
  const client = http2ClientTransport(tcp(server.port));
  let peer;
  let id = 1;
  for (const [code, expected] of Object.entries(RESETS)) {
    const { messages } = client.call(request());
    peer ??= await server.accept();
    await peer.next("HEADERS");
    await peer.send(encodeFrame(FRAME.RST_STREAM, 0, id, uint32(Number(code))));
    id += 2;
    const error = await flightError(messages.read());
    assertEquals(error.code as string, expected);
    assert(error.details.includes("reset the call ("), error.details);
  }
  await client.close();
});

/** Ways in which a server ends a connection as soon as the client speaks. */
const USELESS: Record<string, (peer: RawPeer) => Promise<void>> = {
  "GOAWAY and no call": (peer) => peer.send(encodeGoaway(0, "NO_ERROR", "go")),
  "GOAWAY, and waits for all calls": async (peer) => {
    await peer.send(encodeGoaway(2 ** 31 - 1, "ENHANCE_YOUR_CALM", "go"));
    await peer.next("HEADERS").catch(() => {});
    peer.socket.destroy();
  },
  "the end": async (peer) => {
    await peer.next("SETTINGS");
    peer.socket.end();
  },
};

for (
  const [[what, end], streams] of Object.entries(USELESS).flatMap((entry) =>
    [0, 100].map((streams) => [entry, streams] as const)
  )
) {
  test(`reconnecting: a server that allows ${streams} calls, and answers with ${what}, is connected to less and less often`, async () => {
    await using server = await rawServer(
      [[SETTING.maxConcurrentStreams, streams]],
      (peer) => void end(peer),
    );
    const client = http2ClientTransport(tcp(server.port));
    const start = performance.now();
    // Without a pause between them: applications try again.
    while (server.peers.length < 5) {
      const error = await flightError(client.call(request()).messages.read());
      assertEquals([error.code, error.origin], ["UNAVAILABLE", "transport"]);
      if (streams === 0 && what.includes("GOAWAY")) {
        assertMatch(error.details, /before it answers a call: GOAWAY \w+: go$/);
      }
    }
    // 100, 160, 256 and 410 ms, less the jitter.
    assertGreaterOrEqual(performance.now() - start, 0.8 * 926 - 10);
    await client.close();
  });
}

test("reconnecting: a server that answers each call, and then says GOAWAY, is not waited for", async () => {
  await using server = await rawServer([], async (peer) => {
    try {
      await peer.next("HEADERS");
      await peer.send(
        peer.headers(1, [...RESPONSE, ["grpc-status", "0"]], true),
        encodeGoaway(1, "NO_ERROR", "one call each"),
      );
    } catch { /* the client is closed */ }
  });
  const client = http2ClientTransport(tcp(server.port));
  // With a back-off this would take minutes.
  for (let i = 0; i < 50; i++) {
    assertEquals(await rest(client.call(request()).messages), []);
  }
  assertEquals(server.peers.length, 50);
  await client.close();
});
