/** gRPC-Web on the port of `serve`, frame by frame. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import {
  type FlightServer,
  type FlightService,
  serve,
  type ServeOptions,
} from "@contrail/flight";
import { deferred } from "../../../internal/base/deferred.ts";
import { concatBytes } from "../../../internal/base/bytes.ts";
import {
  encodeFrame,
  encodeWindowUpdate,
  FLAG,
  FRAME,
  SETTING,
} from "../../support/http2/raw_frames.ts";
import { rawClient, type RawPeer } from "../../support/http2/raw_peer.ts";
import { filled } from "../../support/numbers.ts";
import { frame } from "../grpc_web/answers.ts";

const METHOD = "/arrow.flight.protocol.FlightService/";
const ORIGIN = "https://app.example";
const ALLOW = "access-control-allow-origin";

/** A result of 100,000 bytes is larger than any window of these tests. */
const LARGE = 100_000;

const SERVICE: FlightService = {
  listActions: () => [{ type: "stop", description: "Stops." }],
  listFlights() {
    throw new Error("no");
  },
  *doAction() {
    yield { body: new Uint8Array(LARGE).fill(7) };
  },
};

function listening(options: ServeOptions = {}): Promise<FlightServer> {
  return serve(SERVICE, { web: true, shutdownTimeoutMs: 0, ...options });
}

type Fields = Readonly<Record<string, string>>;

function request(method: string, more: Fields = {}): [string, string][] {
  return Object.entries({
    ":method": "POST",
    ":scheme": "http",
    ":path": METHOD + method,
    ":authority": "test",
    "content-type": "application/grpc-web+proto",
    "x-grpc-web": "1",
    ...more,
  });
}

function preflight(origin: string): [string, string][] {
  return Object.entries({
    ":method": "OPTIONS",
    ":scheme": "http",
    ":path": METHOD + "ListActions",
    ":authority": "test",
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,x-grpc-web,x-mine",
  });
}

function data(streamId: number, bytes: Uint8Array, end = true): Uint8Array {
  return encodeFrame(FRAME.DATA, end ? FLAG.END_STREAM : 0, streamId, bytes);
}

/** Calls a method with a message. */
async function call(
  peer: RawPeer,
  method: string,
  more: Fields = {},
  body: Uint8Array = frame(0, ""),
  streamId = 1,
): Promise<void> {
  await peer.send(
    peer.headers(streamId, request(method, more)),
    data(streamId, body),
  );
}

/** Headers of the next answer. */
async function headersOf(peer: RawPeer, streamId = 1): Promise<Fields> {
  const { headers } = await peer.next(
    "HEADERS",
    (frame) => frame.streamId === streamId,
  );
  return headers!;
}

/** Body of the answer, whose end must be that of the stream. */
async function bodyOf(peer: RawPeer, streamId = 1): Promise<Uint8Array> {
  await peer.next(
    "DATA",
    (frame) =>
      frame.streamId === streamId && (frame.flags & FLAG.END_STREAM) !== 0,
  );
  return received(peer, streamId);
}

function received(peer: RawPeer, streamId = 1): Uint8Array {
  return concatBytes(
    peer.frames.filter((frame) =>
      frame.type === "DATA" && frame.streamId === streamId
    ).map(({ payload }) => payload),
  );
}

function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** Splits a body into its frames: each is a flag and its content. */
function framesOf(body: Uint8Array): [number, Uint8Array][] {
  const frames: [number, Uint8Array][] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < body.length;) {
    const end = at + 5 + view.getUint32(at + 1);
    assert(end <= body.length, "a frame is cut short");
    frames.push([body[at]!, body.subarray(at + 5, end)]);
    at = end;
  }
  return frames;
}

test("gRPC-Web over HTTP/2: the status is the last frame of the body, and no trailers follow", async () => {
  await using server = await listening();
  await using peer = await rawClient(server.port);
  await call(peer, "ListActions");
  const headers = await headersOf(peer);
  assertEquals(headers[":status"], "200");
  assertEquals(headers["content-type"], "application/grpc-web+proto");
  assertEquals(headers[ALLOW], undefined);
  const frames = framesOf(await bodyOf(peer));
  assertEquals(frames.map(([flag]) => flag), [0, 0x80]);
  assertEquals(textOf(frames[1]![1]), "grpc-status: 0\r\n");
  await peer.ping();
  assertEquals(
    peer.frames.filter(({ type }) => /HEADERS|RST/.test(type)).length,
    1,
  );
});

test("gRPC-Web over HTTP/2: a failure before all else is told by headers and body", async () => {
  await using server = await listening({ onError: () => {} });
  await using peer = await rawClient(server.port);
  for (
    const [streamId, method, status] of [
      [1, "ListFlights", "2"],
      [3, "Nothing", "12"],
    ] as const
  ) {
    await call(peer, method, {}, undefined, streamId);
    const headers = await headersOf(peer, streamId);
    assertEquals(headers["content-type"], "application/grpc-web+proto");
    assertEquals(headers["grpc-status"], status);
    const frames = framesOf(await bodyOf(peer, streamId));
    assertEquals(frames.length, 1);
    assert(textOf(frames[0]![1]).startsWith(`grpc-status: ${status}\r\n`));
  }
});

test("gRPC-Web over HTTP/2: an answer has the content type that was asked for", async () => {
  await using server = await listening();
  await using peer = await rawClient(server.port);
  const message = textOf(frame(0, "")).slice(0, 2);
  const text = btoa(message) + btoa(textOf(frame(0, "")).slice(2));
  const kinds: [Fields, string, string][] = [
    [{ "content-type": "application/grpc-web" }, "", ""],
    [{ "content-type": "application/grpc-web-text" }, text, "-text"],
    [{ "content-type": "application/grpc-web-text+proto" }, text, "-text"],
    [{ accept: "application/grpc-web-text" }, "", "-text"],
  ];
  for (const [index, [more, body, kind]] of kinds.entries()) {
    const streamId = 2 * index + 1;
    const bytes = body === "" ? frame(0, "") : new TextEncoder().encode(body);
    await peer.send(peer.headers(streamId, request("ListActions", more)));
    for (const [at, byte] of bytes.entries()) {
      await peer.send(
        data(streamId, Uint8Array.of(byte), at === bytes.length - 1),
      );
    }
    const headers = await headersOf(peer, streamId);
    assertEquals(
      headers["content-type"],
      `application/grpc-web${kind}+proto`,
    );
    const got = textOf(await bodyOf(peer, streamId));
    const plain = kind === "" ? got : got.match(/[^=]+=*/g)!.map(atob).join("");
    assert(plain.endsWith("grpc-status: 0\r\n"), plain);
    assert(plain.includes("Stops."), plain);
  }
});

const BAD_BODIES: Record<string, [Fields, Uint8Array, RegExp]> = {
  "has trailers in it": [{}, frame(0x80, "grpc-status: 0\r\n"), /: 13\r.*128/s],
  "is cut short": [{}, Uint8Array.of(0, 0, 0, 0, 9, 1), /: 13\r.*mid-message/s],
  "is too large": [
    {},
    Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff),
    /: 8\r.*maxReceiveMessageBytes/s,
  ],
  "is not base64": [
    {
      "content-type": "application/grpc-web-text",
      accept: "application/grpc-web",
    },
    new TextEncoder().encode("!!!!"),
    /: 13\r.*is not base64/s,
  ],
  "ends inside base64": [
    {
      "content-type": "application/grpc-web-text",
      accept: "application/grpc-web",
    },
    new TextEncoder().encode("AAA"),
    /: 13\r.*is not base64/s,
  ],
};

for (const [what, [more, body, expected]] of Object.entries(BAD_BODIES)) {
  test(`gRPC-Web over HTTP/2: a request whose body ${what} fails`, async () => {
    await using server = await listening({ onError: () => {} });
    await using peer = await rawClient(server.port);
    await call(peer, "DoAction", more, body);
    const frames = framesOf(await bodyOf(peer));
    const text = decodeURIComponent(textOf(frames.at(-1)![1]));
    assert(expected.test(text), text);
    await peer.ping();
  });
}

/** Number of bytes that a peer may send by the window updates of a stream, or of the connection. */
function creditOf(peer: RawPeer, streamId: number): number {
  let credit = 65_535;
  for (const { type, streamId: id, payload } of peer.frames) {
    if (type !== "WINDOW_UPDATE" || id !== streamId) continue;
    credit += new DataView(payload.buffer, payload.byteOffset).getUint32(0);
  }
  return credit;
}

test("gRPC-Web over HTTP/2: a request in text mode gets credit for every character", async () => {
  await using server = await listening({ flowControlWindowBytes: 65_535 });
  await using peer = await rawClient(server.port);
  await peer.next("SETTINGS");
  const message = new Uint8Array(LARGE);
  // Action: a type "x", and a body of the other bytes.
  message.set([0x0a, 1, 0x78, 0x12, 0x99, 0x8d, 0x06]);
  const text = new TextEncoder().encode(
    Array.from(textOf(frame(0, message)), btoa).join(""),
  );
  await peer.send(peer.headers(
    1,
    request("DoAction", {
      "content-type": "application/grpc-web-text",
      accept: "application/grpc-web",
    }),
  ));
  // Parts that are no multiple of four, so that groups are cut.
  const step = 10_001;
  for (let at = 0; at < text.length; at += step) {
    const end = Math.min(text.length, at + step);
    while (Math.min(creditOf(peer, 0), creditOf(peer, 1)) < end) {
      await peer.next("WINDOW_UPDATE");
    }
    await peer.send(data(1, text.subarray(at, end), end === text.length));
  }
  await peer.send(
    encodeWindowUpdate(1, 2 * LARGE),
    encodeWindowUpdate(0, 2 * LARGE),
  );
  const frames = framesOf(await bodyOf(peer));
  assertEquals(frames.map(([flag]) => flag), [0, 0x80]);
});

test("gRPC-Web over HTTP/2: a status waits for the window, and the stream with it", async () => {
  await using server = await listening();
  await using peer = await rawClient(server.port, [
    [SETTING.initialWindowBytes, 0],
  ]);
  // The request stays open: its end must not be what keeps the stream.
  await peer.send(
    peer.headers(1, request("Nothing")),
    data(1, frame(0, ""), false),
  );
  assertEquals((await headersOf(peer))["grpc-status"], "12");
  await peer.ping();
  assert(peer.frames.every(({ type }) => !/DATA|RST/.test(type)));
  await peer.send(encodeWindowUpdate(1, 9));
  await peer.next("DATA");
  await peer.ping();
  assert(peer.frames.every(({ type }) => type !== "RST_STREAM"));
  await peer.send(encodeWindowUpdate(1, 10_000));
  const frames = framesOf(await bodyOf(peer));
  assertEquals(frames.map(([flag]) => flag), [0x80]);
  assertEquals(await peer.reset(1), "NO_ERROR");
});

test("gRPC-Web over HTTP/2: a failure amid a message comes behind the whole of it", async () => {
  const ended = deferred<void>();
  await using server = await serve({
    *doAction(_action, { signal }) {
      signal.addEventListener("abort", () => ended.resolve());
      yield { body: new Uint8Array(LARGE).fill(7) };
    },
  }, { web: true, shutdownTimeoutMs: 0 });
  await using peer = await rawClient(server.port, [
    [SETTING.initialWindowBytes, 1000],
  ]);
  await call(peer, "DoAction", { "grpc-timeout": "1500m" });
  await headersOf(peer);
  await peer.next("DATA");
  await ended.promise;
  await peer.ping();
  assertEquals(received(peer).length, 1000);
  await peer.send(
    encodeWindowUpdate(1, 2 * LARGE),
    encodeWindowUpdate(0, 2 * LARGE),
  );
  const frames = framesOf(await bodyOf(peer));
  assertEquals(frames.map(([flag]) => flag), [0, 0x80]);
  assert(frames[0]![1].subarray(-LARGE + 1).every((byte) => byte === 7));
  assert(textOf(frames[1]![1]).startsWith("grpc-status: 4\r\n"));
});

for (const opened of [0, 1000]) {
  test(`gRPC-Web over HTTP/2: memory that is gone after ${opened} bytes fails the call`, async () => {
    const batch = filled(LARGE, 7);
    await using server = await serve({ doGet: () => [batch] }, {
      web: true,
      shutdownTimeoutMs: 0,
      onError: () => {},
    });
    await using peer = await rawClient(server.port, [
      [SETTING.initialWindowBytes, 5],
    ]);
    await call(peer, "DoGet");
    const { payload } = await peer.next("DATA");
    const schemaBytes = new DataView(payload.buffer, payload.byteOffset)
      .getUint32(1);
    await peer.send(encodeWindowUpdate(1, schemaBytes + opened));
    while (received(peer).length < 5 + schemaBytes + opened) {
      await peer.next("DATA");
    }
    await peer.ping();
    const { buffer } = batch.data.children[0]!.values as Int32Array;
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
    await peer.send(encodeWindowUpdate(1, 60_000));
    if (opened > 0) {
      assertEquals(await peer.reset(1), "INTERNAL_ERROR");
      return;
    }
    const frames = framesOf(await bodyOf(peer));
    assertEquals(frames.map(([flag]) => flag), [0, 0x80]);
    assert(/^grpc-status: [1-9]/.test(textOf(frames[1]![1])));
  });
}

test("gRPC-Web over HTTP/2: a client that never opens its window is given up", async () => {
  await using server = await listening({
    onError: () => {},
    sendStallTimeoutMs: 50,
  });
  await using peer = await rawClient(server.port, [
    [SETTING.initialWindowBytes, 0],
  ]);
  await call(peer, "ListActions");
  assertEquals(await peer.reset(1), "CANCEL");
});

test("gRPC-Web over HTTP/2: a shutdown does not wait for a window forever", async () => {
  const server = await listening();
  await using peer = await rawClient(server.port, [
    [SETTING.initialWindowBytes, 0],
  ]);
  await call(peer, "Nothing");
  await headersOf(peer);
  await server.shutdown({ timeoutMs: 0 });
  await peer.closed;
});

test("gRPC-Web over HTTP/2: a status that cannot leave is given up some time after the deadline", async () => {
  await using server = await listening({ handshakeTimeoutMs: 1000 });
  await using peer = await rawClient(server.port, [
    [SETTING.initialWindowBytes, 0],
  ]);
  await peer.send(encodeFrame(FRAME.SETTINGS, FLAG.ACK, 0, new Uint8Array()));
  await call(peer, "DoAction", { "grpc-timeout": "50m" });
  assertEquals(await peer.reset(1), "CANCEL");
});

test("preflights over HTTP/2: the listed origins have a permission, and no others", async () => {
  await using server = await listening({
    web: { origins: [ORIGIN], credentials: true, maxAgeSeconds: 5 },
  });
  await using peer = await rawClient(server.port);
  await peer.send(peer.headers(1, preflight(ORIGIN), true));
  const headers = await headersOf(peer);
  assertEquals(headers, {
    ":status": "204",
    [ALLOW]: ORIGIN,
    vary: "origin",
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "content-type,x-grpc-web,x-mine",
    "access-control-max-age": "5",
  });
  await call(peer, "ListActions", { origin: ORIGIN }, undefined, 3);
  const called = await headersOf(peer, 3);
  assertEquals(called[ALLOW], ORIGIN);
  const exposed = called["access-control-expose-headers"]!.split(", ");
  for (const name of ["grpc-status", "grpc-message", "authorization"]) {
    assert(exposed.includes(name), name);
  }
  let streamId = 5;
  for (
    const origin of [`${ORIGIN}.evil`, "null", "http://app.example"]
  ) {
    await peer.send(peer.headers(streamId, preflight(origin), true));
    assertEquals(await headersOf(peer, streamId), { ":status": "204" });
    await call(peer, "Nothing", { origin }, undefined, streamId + 2);
    assertEquals((await headersOf(peer, streamId + 2))[ALLOW], undefined);
    streamId += 4;
  }
});

test("preflights over HTTP/2: no other origin has a permission by default", async () => {
  await using server = await listening();
  await using peer = await rawClient(server.port);
  await peer.send(peer.headers(1, preflight(ORIGIN), true));
  assertEquals(await headersOf(peer), { ":status": "204" });
});

test("preflights over HTTP/2: thousands of them do not end the connection", async () => {
  await using server = await listening();
  await using peer = await rawClient(server.port);
  for (let streamId = 1; streamId < 4000; streamId += 2) {
    await peer.send(peer.headers(streamId, preflight(ORIGIN), true));
    await headersOf(peer, streamId);
  }
  await peer.ping();
});

test("gRPC-Web over HTTP/2: without web, preflights and calls are refused by its name", async () => {
  await using server = await listening({ web: false });
  await using peer = await rawClient(server.port);
  await peer.send(peer.headers(1, preflight(ORIGIN), true));
  await call(peer, "ListActions", {}, undefined, 3);
  for (const streamId of [1, 3]) {
    assertEquals((await headersOf(peer, streamId))[":status"], "415");
    const text = textOf(await bodyOf(peer, streamId));
    assert(text.includes("its option web is not set"), text);
  }
});

test("gRPC-Web over HTTP/2: other requests are refused by HTTP", async () => {
  await using server = await listening();
  await using peer = await rawClient(server.port);
  for (
    const [streamId, more, status] of [
      [1, { ":method": "GET" }, "405"],
      [3, { "content-type": "application/json" }, "415"],
      [5, { "content-type": "application/grpc-web+json" }, "415"],
      [7, { "content-type": "text/plain" }, "415"],
    ] as const
  ) {
    await call(peer, "ListActions", more, undefined, streamId);
    assertEquals((await headersOf(peer, streamId))[":status"], status);
  }
});
