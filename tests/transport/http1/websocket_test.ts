/** WebSockets on the port of `serve`: RFC 6455, byte by byte. */

import { Buffer } from "node:buffer";
import { test } from "node:test";
import * as tls from "node:tls";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type FlightError,
  type FlightServer,
  type FlightService,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import { connectWeb } from "@contrail/flight/web";
import { certified, pem } from "../../support/certs.ts";
import { aborted, event } from "../../support/events.ts";
import {
  EMPTY_MESSAGE,
  RawHttp1,
  rawHttp1,
  statusOf,
  webRequest,
} from "../../support/http1/raw_client.ts";
import { filled, numbers } from "../../support/numbers.ts";
import { credit, frame, framesOf, shown } from "../websocket/frames.ts";

const PATH = "/arrow.flight.protocol.FlightService/";
const ORIGIN = "https://app.example";

/** Kinds of frames of RFC 6455. */
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];

function listening(
  service: FlightService,
  options: ServeOptions = {},
): Promise<FlightServer> {
  return serve(service, { web: true, shutdownTimeoutMs: 0, ...options });
}

/** A request for a WebSocket; an empty field removes it. */
function upgrade(
  method: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const fields = Object.entries({
    host: "test",
    connection: "keep-alive, Upgrade",
    upgrade: "websocket",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
    "sec-websocket-protocol": "grpc-web-stream.v1",
    ...more,
  }).filter(([, value]) => value !== "");
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${PATH}${method} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** A frame with a mask. */
function masked(
  opcode: number,
  content: Uint8Array | string,
  isFinal = true,
): Uint8Array {
  const bytes = Buffer.from(content);
  const mask = [7, 255, 0, 129];
  const { length } = bytes;
  const head = [(isFinal ? 0x80 : 0) | opcode];
  if (length < 126) head.push(0x80 | length);
  else if (length < 65_536) head.push(0x80 | 126, length >> 8, length & 255);
  else head.push(0x80 | 127, 0, 0, 0, 0, ...uint32(length));
  return Buffer.concat([
    Uint8Array.from([...head, ...mask]),
    bytes.map((byte, i) => byte ^ mask[i % 4]!),
  ]);
}

function uint32(value: number): number[] {
  return [24, 16, 8, 0].map((bits) => value >>> bits & 255);
}

/** A frame of the server. */
interface Received {
  readonly opcode: number;
  readonly content: Uint8Array;
}

async function nextFrame(peer: RawHttp1): Promise<Received> {
  const [first, second] = bytesOf(await peer.take(2));
  assertEquals(first! & 0xf0, 0x80, "final, and no bits of extensions");
  assert(second! < 128, "without a mask");
  const length = second! < 126
    ? second!
    : bytesOf(await peer.take(second === 126 ? 2 : 8)).reduce(
      (sum, byte) => sum * 256 + byte,
      0,
    );
  return {
    opcode: first! & 15,
    content: bytesOf(await peer.take(length)),
  };
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** All frames of the subprotocol up to the close frame, and what that says. */
async function restOf(
  peer: RawHttp1,
): Promise<{ frames: [string, string][]; code: number; reason: string }> {
  const frames: [string, string][] = [];
  for (;;) {
    const { opcode, content } = await nextFrame(peer);
    if (opcode === BINARY) frames.push(...framesOf(content).map(shown));
    if (opcode !== CLOSE) continue;
    return {
      frames,
      code: content[0]! * 256 + content[1]!,
      reason: new TextDecoder().decode(content.subarray(2)),
    };
  }
}

/** Frames of the subprotocol up to the trailers, after which the client closes the socket. */
async function answerOf(peer: RawHttp1): Promise<[string, string][]> {
  const frames: [string, string][] = [];
  while (frames.at(-1)?.[0] !== "trailers") {
    const { opcode, content } = await nextFrame(peer);
    assertEquals(opcode, BINARY);
    frames.push(...framesOf(content).map(shown));
  }
  return frames;
}

/** Asserts that the call is answered, and closes the socket in order. */
async function assertListed(peer: RawHttp1): Promise<void> {
  const frames = await answerOf(peer);
  assert(frames.some(([, content]) => content.includes("Works.")));
  assertMatch(frames.at(-1)![1], /^grpc-status: 0\r\n/);
  await peer.send(masked(CLOSE, Uint8Array.of(1000 >> 8, 1000 & 255)));
  assertEquals((await restOf(peer)).code, 1000);
  await peer.closed;
}

async function opened(port: number, method: string): Promise<RawHttp1> {
  const peer = await rawHttp1(port);
  await peer.send(upgrade(method));
  assertEquals((await peer.next(false)).status, 101);
  return peer;
}

/** A service whose calls go on until their end, which it tells. */
function waiting(): { service: FlightService; ended: Promise<FlightError> } {
  const { promise, resolve } = event<FlightError>();
  return {
    ended: promise,
    service: {
      async doExchange(_input, { signal }) {
        resolve(await aborted(signal) as FlightError);
      },
      listActions: () => [{ type: "well", description: "Works." }],
    },
  };
}

const LISTING: FlightService = {
  listActions: () => [{ type: "well", description: "Works." }],
};

const LIST = [
  frame("headers", ""),
  frame("data", bytesOf(EMPTY_MESSAGE)),
  frame("halfClose"),
];

test("one port: connectWeb makes its calls over WebSockets", async () => {
  await using server = await listening({
    ...LISTING,
    async *doExchange(input) {
      for await (const { numRows } of input) yield numbers(numRows);
    },
    async *doPut(input) {
      let rows = 0;
      for await (const { numRows } of input) rows += numRows;
      yield { appMetadata: String(rows) };
    },
    doGet: () => [filled(500_000, 1), filled(500_000, 2)],
  });
  await using client = connectWeb(`http://127.0.0.1:${server.port}`, {
    webSocket: true,
  });
  assertEquals((await Array.fromAsync(client.listActions())).length, 1);
  let rows = 0;
  for await (const { numRows } of client.doGet("x")) rows += numRows;
  assertEquals(rows, 1_000_000);
  const [result] = await client.doPut("x", [
    filled(700_000, 1),
    filled(300_000, 1),
  ]);
  assertEquals(new TextDecoder().decode(result!.appMetadata), "1000000");
  const exchange = client.doExchange("x", [filled(3, 1), filled(4, 1)]);
  const answers: number[] = [];
  for await (const batch of exchange) {
    answers.push(batch.getChildAt(0)!.get(0) as number);
  }
  assertEquals(answers, [3, 4]);
});

test("one port: a WebSocket is agreed on as RFC 6455 has it, and closed in order", async () => {
  await using server = await listening(LISTING);
  await using peer = await rawHttp1(server.port);
  await peer.send(upgrade("ListActions"));
  const { status, fields } = await peer.next(false);
  assertEquals(status, 101);
  assertEquals(fields["upgrade"], "websocket");
  assertEquals(fields["connection"], "Upgrade");
  assertEquals(fields["sec-websocket-protocol"], "grpc-web-stream.v1");
  // The example of section 1.3.
  assertEquals(fields["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assertEquals(fields["content-length"], undefined);
  await peer.send(...LIST.map((bytes) => masked(BINARY, bytes)));
  await assertListed(peer);
});

test("one port: messages may be in fragments, with control frames between them", async () => {
  await using server = await listening(LISTING);
  await using peer = await opened(server.port, "ListActions");
  const message = Buffer.concat(LIST);
  // Also byte by byte.
  for (
    const part of [
      masked(BINARY, "", false),
      masked(CONTINUATION, message.subarray(0, 3), false),
      masked(PING, "one"),
      masked(CONTINUATION, message.subarray(3), false),
      masked(PONG, "unasked"),
      masked(CONTINUATION, "", true),
    ]
  ) await peer.send(...Array.from(part, (byte) => Uint8Array.of(byte)));
  const pong = await nextFrame(peer);
  assertEquals(pong.opcode, PONG);
  assertEquals(new TextDecoder().decode(pong.content), "one");
  await assertListed(peer);
});

test("one port: frames may follow the request for a WebSocket at once", async () => {
  await using server = await listening(LISTING);
  await using peer = await rawHttp1(server.port);
  const frames = LIST.map((bytes) => masked(BINARY, bytes));
  await peer.send(
    Buffer.concat([Buffer.from(upgrade("ListActions")), ...frames]),
  );
  assertEquals((await peer.next(false)).status, 101);
  await assertListed(peer);
});

test("one port: a WebSocket over TLS", async () => {
  await using server = await listening(LISTING, { tls: certified("server") });
  const socket = tls.connect({
    port: server.port,
    host: "localhost",
    ALPNProtocols: ["http/1.1"],
    ca: [new TextDecoder().decode(pem("ca_cert"))],
  });
  await using peer = new RawHttp1(socket);
  await peer.send(upgrade("ListActions", { origin: "https://test" }));
  assertEquals((await peer.next(false)).status, 101);
  await peer.send(...LIST.map((bytes) => masked(BINARY, bytes)));
  await assertListed(peer);
});

/** Requests that are refused, and the status. */
const REFUSED: Readonly<
  Record<string, readonly [Readonly<Record<string, string>>, number]>
> = {
  "without the subprotocol": [{ "sec-websocket-protocol": "" }, 400],
  "of another version": [{ "sec-websocket-version": "8" }, 426],
  "without a version": [{ "sec-websocket-version": "" }, 426],
  "without a key": [{ "sec-websocket-key": "" }, 400],
  "with a short key": [{ "sec-websocket-key": "dGhl" }, 400],
  "with a body": [{ "content-length": "5" }, 400],
  "of a page without permission": [{ origin: "https://evil.example" }, 403],
};

for (const [what, [fields, status]] of Object.entries(REFUSED)) {
  test(`one port: a WebSocket ${what} is refused`, async () => {
    await using server = await listening(LISTING, {
      web: { origins: [ORIGIN] },
    });
    await using peer = await rawHttp1(server.port);
    await peer.send(upgrade("ListActions", fields));
    const isShort = fields["content-length"] === undefined;
    const answer = await peer.next();
    assertEquals(answer.status, status);
    if (status === 426) {
      assertEquals(answer.fields["sec-websocket-version"], "13");
    }
    // The connection is HTTP/1.1 still.
    if (!isShort) await peer.send("12345");
    await peer.send(webRequest("ListActions", EMPTY_MESSAGE));
    assertEquals(statusOf(await peer.next()), "0");
  });
}

test("one port: pages with permission open WebSockets", async () => {
  await using server = await listening(LISTING, { web: { origins: [ORIGIN] } });
  for (const origin of [ORIGIN, "http://test"]) {
    await using peer = await rawHttp1(server.port);
    await peer.send(upgrade("ListActions", { origin }));
    assertEquals((await peer.next(false)).status, 101);
  }
});

/** Frames that break the rules, and the text that names the fault. */
const FAULTS: Readonly<Record<string, readonly [Uint8Array[], RegExp]>> = {
  "a frame without a mask": [[Uint8Array.of(0x82, 1, 0)], /not masked/],
  "bits of an extension": [[Uint8Array.of(0xc2, 0x80)], /bits of an extension/],
  "an unknown kind": [[Uint8Array.of(0x83, 0x80)], /unknown kind 3/],
  "an unknown control frame": [[Uint8Array.of(0x8b, 0x80)], /unknown kind 11/],
  "a control frame in parts": [[Uint8Array.of(0x09, 0x80)], /in parts/],
  "a long control frame": [
    [Uint8Array.of(0x89, 0xfe, 0, 126)],
    /control frame is too long/,
  ],
  "a continuation of nothing": [[masked(CONTINUATION, "a")], /no message/],
  "a message inside of another": [
    [masked(BINARY, "a", false), masked(BINARY, "b")],
    /inside of another/,
  ],
  "text": [[masked(TEXT, "hello")], /a text message came/],
  "a length that could be shorter": [
    [Uint8Array.of(0x82, 0xfe, 0, 5, 0, 0, 0, 0)],
    /short form/,
  ],
  "a large message": [
    [Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0)],
    /a message exceeds the limit of \d+ bytes/,
  ],
  "a message of more bits than numbers have": [
    [Uint8Array.of(0x82, 0xff, 255, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0)],
    /a message exceeds the limit/,
  ],
  "a code that must not be sent": [
    [masked(CLOSE, Uint8Array.of(1005 >> 8, 1005 & 255))],
    /must not be sent/,
  ],
  "half a code": [[masked(CLOSE, Uint8Array.of(3))], /must not be sent/],
};

for (const [what, [frames, text]] of Object.entries(FAULTS)) {
  test(`one port: a WebSocket with ${what} ends its call on both sides`, async () => {
    const { service, ended } = waiting();
    await using server = await listening(service);
    await using peer = await opened(server.port, "DoExchange");
    await peer.send(masked(BINARY, frame("headers", "")), ...frames);
    const { frames: received, code, reason } = await restOf(peer);
    assertEquals(received.at(-1)![0], "trailers");
    assertEquals(code, 4000);
    assertMatch(reason, text);
    assertEquals((await ended).code, "INTERNAL");
    await peer.closed;
  });
}

test("one port: a close frame is answered by its code, and cancels the call", async () => {
  const { service, ended } = waiting();
  await using server = await listening(service);
  await using peer = await opened(server.port, "DoExchange");
  await peer.send(
    masked(BINARY, frame("headers", "")),
    masked(CLOSE, Uint8Array.of(4321 >> 8, 4321 & 255, 65)),
  );
  assertEquals((await restOf(peer)).code, 4321);
  assertEquals((await ended).code, "CANCELLED");
  await peer.closed;
});

test("one port: a WebSocket that dies cancels its call", async () => {
  const { service, ended } = waiting();
  await using server = await listening(service);
  const peer = await opened(server.port, "DoExchange");
  await peer.send(masked(BINARY, frame("headers", "")));
  await new Promise((resolve) => setTimeout(resolve, 0));
  peer.socket.destroy();
  assertEquals((await ended).code, "CANCELLED");
});

test("one port: a shutdown waits for the call of a WebSocket, and ends it if forced", async () => {
  const { service, ended } = waiting();
  const server = await listening(service, { shutdownTimeoutMs: 30_000 });
  await using peer = await opened(server.port, "DoExchange");
  await peer.send(masked(BINARY, frame("headers", "")));
  // It is answered, so the call has begun.
  await peer.send(masked(PING, ""));
  assertEquals((await nextFrame(peer)).opcode, PONG);
  const down = server.shutdown();
  await peer.send(masked(PING, "still"));
  assertEquals((await nextFrame(peer)).opcode, PONG);
  await server.shutdown({ timeoutMs: 0 });
  assertEquals((await ended).code, "UNAVAILABLE");
  assertMatch((await answerOf(peer)).at(-1)![1], /^grpc-status: 14\r\n/);
  await down;
});

test("one port: a WebSocket whose client does not read holds its handler back", async () => {
  let sent = 0;
  const done = event();
  await using server = await listening({
    async *doGet() {
      try {
        for (; sent < 1000; sent++) yield filled(65_536, 1);
      } finally {
        done.resolve();
      }
    },
  }, { sendStallTimeoutMs: 500 });
  await using peer = await opened(server.port, "DoGet");
  peer.socket.pause();
  await peer.send(
    masked(BINARY, frame("headers", "")),
    // As much credit as there can be.
    masked(BINARY, credit(2 ** 31 - 1 - 65_535)),
    masked(BINARY, frame("data", bytesOf("\0\0\0\0\x03\x0a\x01x"))),
    masked(BINARY, frame("halfClose")),
  );
  await done.promise;
  assert(sent < 200, `${sent} batches of 256 KiB`);
});

test("one port: pings of a client that does not read end nothing", async () => {
  const { service } = waiting();
  await using server = await listening(service);
  await using peer = await opened(server.port, "DoExchange");
  peer.socket.pause();
  const pings = Buffer.concat(
    Array.from({ length: 10_000 }, () => masked(PING, "a".repeat(125))),
  );
  // More than all buffers hold, if each were answered.
  for (let i = 0; i < 20; i++) await peer.send(pings);
  peer.socket.resume();
  assertEquals((await nextFrame(peer)).opcode, PONG);
});
