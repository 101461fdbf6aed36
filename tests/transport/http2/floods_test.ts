/** Frames that cost work and bring nothing, and peers that do not go on. */

import * as net from "node:net";
import { test } from "node:test";

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";

import type { OutgoingMessage } from "../../../internal/seam/transport.ts";
import {
  answer,
  echo,
  failure,
  request,
} from "../../support/transport/call_parts.ts";
import { block } from "../../support/transport/messages.ts";
import {
  never,
  rest,
  TestSource,
} from "../../support/transport/test_source.ts";
import { isWell } from "../../support/transport/is_well.ts";
import { runProgram } from "../../support/run_program.ts";
import { HTTP2 } from "../../support/transport/http2_transport.ts";
import { FlightError } from "../../../internal/core/flight_error.ts";
import {
  encodeFrame,
  encodeWindowUpdate,
  FLAG,
  FRAME,
  REQUEST,
  SETTING,
  SETTINGS_ACK,
  settingsFrame,
  uint32,
} from "../../support/http2/raw_frames.ts";
import { rawClient, type RawPeer } from "../../support/http2/raw_peer.ts";

const { pair } = HTTP2;

const EMPTY = new Uint8Array();

/** Frames that are sent again and again; `index` counts from 0. */
const FLOODS: Record<string, (peer: RawPeer, index: number) => Uint8Array[]> = {
  SETTINGS: () => [settingsFrame([[SETTING.initialWindowBytes, 70_000]])],
  "acknowledgements of SETTINGS": () => [SETTINGS_ACK],
  PING: () => [encodeFrame(FRAME.PING, 0, 0, new Uint8Array(8))],
  "answers to PING": () => [
    encodeFrame(FRAME.PING, FLAG.ACK, 0, new Uint8Array(8)),
  ],
  PRIORITY: () => [encodeFrame(FRAME.PRIORITY, 0, 3, new Uint8Array(5))],
  "unknown frames": () => [encodeFrame(0x99, 0, 0, EMPTY)],
  GOAWAY: () => [encodeFrame(FRAME.GOAWAY, 0, 0, new Uint8Array(8))],
  "empty DATA": (peer, index) => [
    ...(index === 0 ? [peer.headers(1)] : []),
    encodeFrame(FRAME.DATA, 0, 1, EMPTY),
  ],
  "DATA with nothing but padding": (peer, index) => [
    ...(index === 0 ? [peer.headers(1)] : []),
    encodeFrame(FRAME.DATA, FLAG.PADDED, 1, Uint8Array.of(1, 0)),
  ],
  "WINDOW_UPDATE of 1": (peer, index) => [
    ...(index === 0 ? [peer.headers(1)] : []),
    encodeWindowUpdate(1, 1),
  ],
  "rapid reset": (peer, index) => [
    peer.headers(2 * index + 1),
    encodeFrame(FRAME.RST_STREAM, 0, 2 * index + 1, uint32(8)),
  ],
  // CVE-2025-8671: the server is made to reset.
  "streams that have to be reset": (peer, index) => [
    peer.headers(2 * index + 1),
    encodeWindowUpdate(2 * index + 1, 0),
  ],
  "streams that are malformed": (peer, index) => [
    peer.headers(2 * index + 1, REQUEST.slice(1)),
  ],
  "streams beyond the limit": (peer, index) => [peer.headers(2 * index + 1)],
};

for (const [what, frames] of Object.entries(FLOODS)) {
  test(`a flood of ${what}: GOAWAY ENHANCE_YOUR_CALM`, async () => {
    await using t = await pair(
      (request) => request.path === "/x" ? answer(never()) : echo(request),
      { server: { maxConcurrentStreams: 10 } },
    );
    await using peer = await rawClient(t.server.port);
    const goaway = peer.goaway();
    let isOver = false;
    goaway.finally(() => isOver = true).catch(() => {});
    let index = 0;
    for (; !isOver && index < 40_000; index += 500) {
      const parts: Uint8Array[] = [];
      for (let i = 0; i < 500; i++) parts.push(...frames(peer, index + i));
      await peer.send(...parts);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assertEquals(await goaway, "ENHANCE_YOUR_CALM");
    assert(index >= 1500, `after only ${index}`);
    await isWell(t);
  });
}

test("a stream whose window overflows costs as much as any that is reset", async () => {
  await using t = await pair((request) =>
    request.path === "/x" ? answer(never()) : echo(request)
  );
  await using peer = await rawClient(t.server.port);
  // A slow machine needs longer than it may take to acknowledge SETTINGS.
  const parts = [SETTINGS_ACK];
  // Of the 10,000 of a connection, each takes 2.
  for (let id = 1; id < 15_000; id += 2) {
    parts.push(peer.headers(id), encodeWindowUpdate(id, 2 ** 31 - 1));
  }
  await peer.send(...parts);
  assertEquals(await peer.goaway(), "ENHANCE_YOUR_CALM");
  await isWell(t);
});

test("rapid reset is not paid for by data that is asked for in small pieces", async () => {
  let calls = 0;
  await using t = await pair((request) => {
    if (request.path !== "/x") return echo(request);
    return answer(
      calls++ === 0 ? new TestSource(() => block(1 << 16)) : never(),
    );
  });
  await using peer = await rawClient(t.server.port, [
    [SETTING.initialWindowBytes, 0],
  ]);
  await peer.send(peer.headers(1), encodeWindowUpdate(0, 2 ** 30));
  await peer.next("HEADERS");
  const goaway = peer.goaway();
  let isOver = false;
  goaway.finally(() => isOver = true).catch(() => {});
  for (let id = 3; !isOver && id < 80_000; id += 2) {
    const parts: Uint8Array[] = [];
    for (const end = id + 200; id < end; id += 2) {
      parts.push(
        encodeWindowUpdate(1, 512),
        peer.headers(id),
        encodeFrame(FRAME.RST_STREAM, 0, id, uint32(8)),
      );
    }
    await peer.send(...parts);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals(await goaway, "ENHANCE_YOUR_CALM");
  await isWell(t);
});

test("calls that are left after their first message are no flood", async () => {
  let calls = 0;
  await using t = await pair((request) => {
    if (request.path !== "/x") return echo(request);
    calls++;
    let isFirst = true;
    return answer(
      new TestSource(async () => {
        if (isFirst) {
          isFirst = false;
          return block(1000);
        }
        return await new Promise<undefined>(() => {});
      }),
    );
  });
  await using peer = await rawClient(t.server.port);
  await peer.send(encodeWindowUpdate(0, 2 ** 30));
  for (let id = 1; id < 16_000; id += 800) {
    const ids = Array.from({ length: 400 }, (_, i) => id + 2 * i);
    await peer.send(...ids.map((id) => peer.headers(id)));
    for (const _ of ids) await peer.next("DATA");
    await peer.send(
      ...ids.map((id) => encodeFrame(FRAME.RST_STREAM, 0, id, uint32(8))),
    );
  }
  await peer.ping();
  assertEquals(calls, 8000);
});

test("a flood of CONTINUATION, large or empty: ENHANCE_YOUR_CALM", async () => {
  await using t = await pair(echo);
  for (const bytes of [0, 1, 16_384]) {
    await using peer = await rawClient(t.server.port);
    const next = encodeFrame(
      FRAME.CONTINUATION,
      0,
      1,
      new Uint8Array(bytes).fill(0x40),
    );
    await peer.send(
      encodeFrame(FRAME.HEADERS, 0, 1, EMPTY),
      ...Array.from({ length: 80 }, () => next),
    );
    assertEquals(await peer.goaway(), "ENHANCE_YOUR_CALM");
  }
  await isWell(t);
});

test("a peer that has us answer and does not read is dropped", async () => {
  let calls = 0;
  await using t = await pair((request) => {
    if (request.path !== "/x") return echo(request);
    calls++;
    return failure(new FlightError("NOT_FOUND", "x".repeat(3000)));
  });
  await using peer = await rawClient(t.server.port);
  peer.socket.pause();
  // The peer may half-close, so the end of the server alone does not close it.
  const closed = new Promise<void>((resolve) => {
    peer.socket.once("end", resolve);
    peer.socket.once("close", () => resolve());
  });
  let isClosed = false;
  closed.then(() => isClosed = true);
  for (let i = 0; i < 60_000 && !isClosed; i += 100) {
    const requests = Array.from(
      { length: 100 },
      (_, k) => peer.headers(2 * (i + k) + 1, REQUEST, true),
    );
    await Promise.race([peer.send(...requests), closed]);
  }
  // A connection is read in turns, between those of others.
  for (let before = -1; before !== calls;) {
    before = calls;
    for (let i = 0; i < 5; i++) await isWell(t);
  }
  // Some thousand answers wait in the system; those beyond it would take our memory.
  assertLess(calls, 20_000);
  // Only who reads notices an end.
  peer.socket.resume();
  await closed;
  const answers = peer.frames.filter(({ type }) => type === "HEADERS").length;
  assertLess(answers, 20_000);
  await isWell(t);
});

test("honest traffic of small messages is no flood", async () => {
  await using t = await pair(echo);
  const response = t.client.call(request({
    messages: new TestSource((i) => i < 30_000 ? block(1) : undefined),
  }));
  assertEquals((await rest(response.messages)).length, 30_000);
  for (let i = 0; i < 3000; i++) {
    const { messages } = t.client.call(request({ messages: never() }));
    messages.cancel("enough");
    if (i % 100 === 0) await isWell(t);
  }
  await isWell(t);
});

// In a process of its own, whose memory no other test changes.
test("empty messages that nobody reads take little memory", async () => {
  const { code, stdout, stderr } = await runProgram(
    "tests/transport/http2/programs/unread_messages.ts",
    [],
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const [messages, bytes] = stdout.split(" ").map(Number);
  assertGreater(messages!, 800_000);
  // As messages that wait they would take twice as much or more.
  assertLess(bytes!, 150e6);
});

test("a peer without a preface is closed after handshakeTimeoutMs", async () => {
  await using t = await pair(echo, { server: { handshakeTimeoutMs: 500 } });
  // One that is done with it in time stays.
  await using polite = await rawClient(t.server.port);
  await polite.send(SETTINGS_ACK);
  await polite.ping();
  for (const text of ["", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\n\r\n"]) {
    const socket = net.connect(t.server.port, "127.0.0.1");
    socket.resume().on("error", () => {});
    const closed = new Promise((resolve) => socket.once("close", resolve));
    if (text) socket.write(text);
    await closed;
  }
  await polite.ping();
  await isWell(t);
});

test("a peer that vanishes is noticed by keepalive", async () => {
  const aborted = Promise.withResolvers<unknown>();
  await using t = await pair(({ signal }) => {
    signal.addEventListener("abort", () => aborted.resolve(signal.reason));
    return answer(never());
  }, { server: { keepaliveTimeMs: 50, keepaliveTimeoutMs: 100 } });
  await using peer = await rawClient(t.server.port);
  await peer.send(peer.headers(1));
  // It answers nothing, like a cable that was cut.
  await peer.next("PING");
  assertEquals((await aborted.promise as FlightError).code, "CANCELLED");
  await peer.closed;
});

test("200 clients that come with a large window and vanish", async () => {
  const live = new Set<TestSource<OutgoingMessage>>();
  await using t = await pair((request) => {
    if (request.path !== "/x") return echo(request);
    const source: TestSource<OutgoingMessage> = new TestSource(() =>
      block(1 << 20)
    );
    live.add(source);
    source.cancelled.then(() => live.delete(source));
    return answer(source);
  });
  for (let i = 0; i < 200; i += 20) {
    await Promise.all(Array.from({ length: 20 }, async (_, k) => {
      await using peer = await rawClient(t.server.port, [
        [SETTING.initialWindowBytes, 2 ** 31 - 1],
      ]);
      await peer.send(encodeWindowUpdate(0, 1 << 30), peer.headers(1));
      await peer.next("DATA");
      if (k % 2) peer.socket.resetAndDestroy?.();
    }));
  }
  while (live.size > 0) await new Promise((done) => setTimeout(done, 20));
  await isWell(t);
});
